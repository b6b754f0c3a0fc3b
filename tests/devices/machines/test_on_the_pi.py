"""A machine on real lines: however its daemon ends, the relay is off within two seconds, and stays off."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.devices.board.bench import ROOT
from tests.devices.machines.running import RELAY
from tests.virtual_pi.gpio_sim import GpioSim

pytestmark = pytest.mark.pi

OFF_WITHIN_S = 2.0
START_WITHIN_S = 90.0
BUTTON = "GPIO13"
LOOK_EVERY_S = 0.002


class Daemon:
    """A running one."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def says(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    @property
    def keeper(self) -> int:
        """Its only child."""
        pid = self.process.pid
        (keeper,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return int(keeper)


@contextmanager
def daemon(folder: Path) -> Iterator[Daemon]:
    """One that has power, if all is well."""
    command = [sys.executable, "-m", "tests.devices.machines.daemon", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Daemon(process)
        finally:
            process.kill()
            process.send_signal(signal.SIGCONT)


@pytest.fixture
def header() -> Iterator[GpioSim]:
    """The Pi's header, with a button that is not pressed."""
    with GpioSim() as header:
        header.drive(BUTTON, True)
        header.drive(RELAY, False)  # the resistor outside
        yield header


def off_after_s(header: GpioSim, since: float) -> float:
    """When the relay's line is low."""
    while header.level(RELAY):
        assert time.monotonic() - since < 10 * OFF_WITHIN_S
        time.sleep(LOOK_EVERY_S)
    return time.monotonic() - since


@pytest.mark.parametrize(
    "how", ["kill -9", "stopped", "hangs", "terminated", "reloaded", "keeper killed", "keeper stopped", "all killed"]
)
def test_the_relay_is_off_within_two_seconds(header: GpioSim, tmp_path: Path, how: str) -> None:
    with daemon(tmp_path) as running:
        assert running.says() == "online idle"
        assert running.says() == "powered"
        assert header.level(RELAY)
        pid, keeper = running.process.pid, running.keeper
        since = time.monotonic()
        for whom, what in {
            "kill -9": [(pid, signal.SIGKILL)],
            "stopped": [(pid, signal.SIGSTOP)],
            "hangs": [(pid, signal.SIGUSR1)],
            "terminated": [(pid, signal.SIGTERM)],
            "reloaded": [(pid, signal.SIGUSR2)],
            "keeper killed": [(keeper, signal.SIGKILL)],
            "keeper stopped": [(keeper, signal.SIGSTOP)],
            "all killed": [(keeper, signal.SIGKILL), (pid, signal.SIGKILL)],
        }[how]:
            os.kill(whom, what)
        took_s = off_after_s(header, since)
        print(f"{how}: off after {took_s * 1000:.0f} ms")  # noqa: T201 - shown by `pytest -rP`
        assert took_s < OFF_WITHIN_S
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            assert not header.level(RELAY), "it came back by itself"
            time.sleep(LOOK_EVERY_S)


def test_a_restart_finds_it_off_and_stopped_stays_stopped(header: GpioSim, tmp_path: Path) -> None:
    with daemon(tmp_path) as running:
        assert [running.says(), running.says()] == ["online idle", "powered"]
        header.drive(BUTTON, False)
        off_after_s(header, time.monotonic())
        header.drive(BUTTON, True)
        running.process.terminate()
        running.process.wait(START_WITHIN_S)
    with daemon(tmp_path) as running:
        assert running.says() == "online stopped"
        assert not header.level(RELAY)
