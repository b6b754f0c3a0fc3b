"""A broker that accepts connections and answers nothing: worse than one that refuses them."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.brokers import Mosquitto, free_port
from tests.faults.figures import Counted
from tests.faults.process import until
from tests.faults.real_lab import HUB, RealLab, scripted
from tests.faults.verdict import Verdict

pytestmark = pytest.mark.fault
SILENT_S = 12.0
"""Longer than the ten seconds that the product gives a broker for an answer."""
READINGS, EVENTS = 2_250, 225
PACE = {"readings": READINGS, "events": EVENTS, "readings_per_s": 150.0, "events_per_s": 15.0}
PAUSE_MOST_MS = 1_000
"""Longest time without a reading that a device may have noticed of its broker's silence."""


class Swallower:
    """Accepts every connection, reads everything, says nothing."""

    def __init__(self, port: int) -> None:
        self.connections = 0
        self._port = port

    @contextmanager
    def listening(self) -> Iterator[None]:
        with socket.create_server(("127.0.0.1", self._port)) as server:
            thread = threading.Thread(target=self._swallow, args=(server,), name="swallower")
            thread.start()
            try:
                yield
            finally:
                server.shutdown(socket.SHUT_RDWR)
                thread.join()

    def _swallow(self, server: socket.socket) -> None:
        accepted = []
        try:
            while True:
                accepted.append(server.accept()[0])
                self.connections += 1
        except OSError:
            for one in accepted:
                one.close()


def test_a_broker_that_never_answers_delays_nobody_and_loses_nothing(tmp_path: Path, counted: Counted) -> None:
    port = free_port()
    swallower = Swallower(port)
    probe = scripted("steady", "garden", tmp_path / "probe.journal", **PACE)
    with RealLab(tmp_path, port, {"probe": probe}) as lab:
        with swallower.listening():
            lab.start(HUB)
            lab.start("garden")
            until(lambda: bool(lab.reported("probe").readings), 15.0, "the first reading")
            time.sleep(SILENT_S)
            durable = len(lab.reported("probe").durable)
        with Mosquitto(tmp_path / "mosquitto", port=port):
            _until_over(lab)
            verdict = lab.until_all_is_stored("probe", 40.0)
            counted("seconds of silence", SILENT_S)
            counted("connections attempted by node and hub", swallower.connections)
            counted("events durable meanwhile", durable)
            counted("longest pause between two readings, ms", lab.reported("probe").longest_pause_ms())
            counted.verdict(verdict)
            assert durable > 0.9 * SILENT_S * PACE["events_per_s"]
            assert lab.reported("probe").longest_pause_ms() < PAUSE_MOST_MS
            assert swallower.connections <= 2 * SILENT_S
    assert verdict == Verdict(READINGS, EVENTS)


def test_a_broker_that_falls_silent_in_the_middle_delays_nobody_and_loses_nothing(
    tmp_path: Path, mosquitto: Mosquitto, counted: Counted
) -> None:
    probe = scripted("steady", "garden", tmp_path / "probe.journal", **PACE)
    with RealLab(tmp_path, mosquitto.port, {"probe": probe}) as lab:
        lab.start(HUB)
        lab.start("garden")
        lab.until_stored(1, 20.0)
        with _stopped(mosquitto):
            time.sleep(SILENT_S)
            durable = len(lab.reported("probe").durable)
        _until_over(lab)
        verdict = lab.until_all_is_stored("probe", 40.0)
        counted("seconds for which mosquitto was stopped (SIGSTOP)", SILENT_S)
        counted("events durable by then", durable)
        counted("longest pause between two readings, ms", lab.reported("probe").longest_pause_ms())
        counted.verdict(verdict)
        assert durable > 0.9 * SILENT_S * PACE["events_per_s"]
        assert lab.reported("probe").longest_pause_ms() < PAUSE_MOST_MS
    assert verdict == Verdict(READINGS, EVENTS)


@contextmanager
def _stopped(mosquitto: Mosquitto) -> Iterator[None]:
    """The kernel goes on accepting connections for a process that is stopped."""
    assert mosquitto._process is not None
    os.kill(mosquitto._process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(mosquitto._process.pid, signal.SIGCONT)


def _until_over(lab: RealLab) -> None:
    until(lambda: len(lab.reported("probe").readings) == READINGS, 40.0, "all readings reported")
    until(lambda: len(lab.reported("probe").durable) == EVENTS, 20.0, "all events durable")
