"""The keeper alone, as its owner starts it: the test is the line below it, and the daemon above."""

import marshal
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from devices.board.child_process import BEGIN, MESSAGE_MOST
from devices.machines.keeper.process.codes import ASKED, CHIP_GONE, SILENCE_NS, SILENT

ROOT = Path(__file__).parents[4]
PACKAGE = ROOT / "devices/machines/keeper"
OFF_WITHIN_S = 2.0
WITHIN_S = 20.0
RSS_MOST_KB = 12_000
DAEMON = """
import marshal, os, socket, subprocess, sys, time
line, package, begin = int(sys.argv[1]), sys.argv[2], sys.argv[3]
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
command = [sys.executable, "-I", "-S", "-c", begin, str(theirs.fileno()), package]
keeper = subprocess.Popen(command, pass_fds=(theirs.fileno(), line), start_new_session=True)
theirs.close()
ours.send(marshal.dumps((line, False)))
os.close(line)
print(keeper.pid, flush=True)
while True:
    ours.send(marshal.dumps((1, time.monotonic_ns(), 1 << 62)))
    time.sleep(0.25)
"""


class Line:
    """The relay's wire."""

    def __init__(self) -> None:
        self.outside, self.inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)

    def becomes(self, wanted: bytes, within_s: float = WITHIN_S) -> float:
        """Wait for what is driven next, `b""` when nobody holds it any more; the time at which it came."""
        ready, _, _ = select.select([self.outside], [], [], within_s)
        assert ready, f"nothing within {within_s} s"
        assert self.outside.recv(1) == wanted
        return time.monotonic()

    def stays(self, seconds: float) -> None:
        assert not select.select([self.outside], [], [], seconds)[0]

    def close(self) -> None:
        self.outside.close()
        self.inside.close()


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.close()


class Keeper:
    """A running keeper, and the daemon's end of its socket."""

    def __init__(self, line: Line) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.settimeout(WITHIN_S)
        descriptors = (theirs.fileno(), line.inside.fileno())
        command = [sys.executable, "-I", "-S", "-c", BEGIN, str(theirs.fileno()), str(PACKAGE)]
        self.process = subprocess.Popen(command, pass_fds=descriptors)
        theirs.close()
        self.tell(line.inside.fileno(), False)
        line.inside.close()
        assert self.hear() == (0, False, ASKED)

    def tell(self, *message: Any) -> None:
        self.control.send(marshal.dumps(message))

    def beat(self, epoch: int = 1, *, at_ns: int | None = None, until_s: float = 1e6) -> None:
        self.tell(epoch, time.monotonic_ns() if at_ns is None else at_ns, round(until_s * 1e9))

    def hear(self) -> Any:
        return marshal.loads(self.control.recv(MESSAGE_MOST))  # noqa: S302 - from our own process

    def resident_kb(self) -> int:
        (line,) = [
            each for each in Path(f"/proc/{self.process.pid}/status").read_text().splitlines() if "VmRSS" in each
        ]
        return int(line.split()[1])


@contextmanager
def keeping(line: Line) -> Iterator[Keeper]:
    keeper = Keeper(line)
    try:
        yield keeper
    finally:
        keeper.process.kill()
        keeper.process.wait()
        keeper.control.close()


def test_it_turns_the_relay_and_says_so(line: Line) -> None:
    with keeping(line) as keeper:
        keeper.beat()
        line.becomes(b"\1")
        assert keeper.hear() == (1, True, ASKED)
        keeper.beat(until_s=0)
        line.becomes(b"\0")


@pytest.mark.alone
def test_when_beats_stop_it_is_off_in_time(line: Line) -> None:
    with keeping(line) as keeper:
        keeper.beat()
        since = line.becomes(b"\1")
        assert SILENCE_NS / 1e9 - 0.1 < line.becomes(b"\0") - since < OFF_WITHIN_S
        while (said := keeper.hear()) != (1, False, SILENT):
            assert said == (1, True, ASKED)
        keeper.beat()
        line.stays(0.3)


def test_a_keeper_that_was_stopped_believes_no_beat_that_waited(line: Line) -> None:
    with keeping(line) as keeper:
        os.kill(keeper.process.pid, signal.SIGSTOP)
        keeper.beat()
        line.stays(SILENCE_NS / 1e9 + 0.1)
        os.kill(keeper.process.pid, signal.SIGCONT)
        line.stays(0.3)


@pytest.mark.alone
def test_a_daemon_that_closes_the_socket_ends_it_and_the_relay(line: Line) -> None:
    with keeping(line) as keeper:
        keeper.beat()
        since = line.becomes(b"\1")
        keeper.control.close()
        assert line.becomes(b"\0") - since < OFF_WITHIN_S
        assert keeper.process.wait(WITHIN_S) == 0
        line.becomes(b"")


@pytest.mark.alone
def test_a_daemon_that_does_not_listen_cannot_hold_it_up(line: Line) -> None:
    with keeping(line) as keeper:
        keeper.control.setblocking(False)
        for _ in range(20_000):
            try:
                keeper.beat()
            except BlockingIOError:
                time.sleep(0.001)
        line.becomes(b"\1")
        since = time.monotonic()
        assert line.becomes(b"\0") - since < OFF_WITHIN_S


def test_terminated_it_lets_go_first(line: Line) -> None:
    with keeping(line) as keeper:
        keeper.beat()
        line.becomes(b"\1")
        keeper.process.terminate()
        line.becomes(b"\0")
        assert keeper.process.wait(WITHIN_S) == 0


def test_a_line_that_cannot_be_driven_is_its_end(line: Line) -> None:
    with keeping(line) as keeper:
        line.outside.close()
        keeper.beat()
        assert keeper.process.wait(WITHIN_S) == CHIP_GONE


@pytest.mark.alone
def test_it_is_small_and_sleeps(line: Line) -> None:
    with keeping(line) as keeper:
        status = Path(f"/proc/{keeper.process.pid}/status")

        def wake_ups() -> int:
            (found,) = [each for each in status.read_text().splitlines() if each.startswith("voluntary")]
            return int(found.split()[1])

        time.sleep(0.1)
        before = wake_ups()
        time.sleep(0.5)
        assert wake_ups() == before
        assert keeper.resident_kb() < RSS_MOST_KB


@pytest.mark.alone
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM])
def test_whatever_becomes_of_the_daemon_the_relay_is_off_within_two_seconds(line: Line, how: signal.Signals) -> None:
    number = str(line.inside.fileno())
    command = [sys.executable, "-c", DAEMON, number, str(PACKAGE), BEGIN]
    with subprocess.Popen(command, pass_fds=(line.inside.fileno(),), stdout=subprocess.PIPE) as daemon:
        line.inside.close()
        line.becomes(b"\1")
        line.stays(SILENCE_NS / 1e9 + 0.5)
        since = time.monotonic()
        daemon.send_signal(how)
        assert line.becomes(b"\0", OFF_WITHIN_S) - since < OFF_WITHIN_S
        daemon.send_signal(signal.SIGCONT)
        line.stays(0.5) if how is signal.SIGSTOP else line.becomes(b"")
        daemon.kill()
