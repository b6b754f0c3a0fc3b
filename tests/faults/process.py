"""One real process of the lab: started, killed, hung up, measured. Nothing of it is simulated."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXTENSION = Path(__file__).parent / "extension"
STOPS_WITHIN_S = 20.0
TAIL = 60
"""Lines of its log that a failure shows."""


class Process:
    """`python -m hub.app run` of one node, with the scripted devices in its catalogue and a state folder of its own.

    `before` is put in front of the command (`unshare …`); it must end in an `exec`, so that the process id stays.
    """

    def __init__(
        self, config: Path, node: str, *, before: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> None:
        self.state = config.parent / "state" / node
        self.log = config.parent / f"{node}.log"
        self.state.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._lived_before = log.tell()
            self._process = subprocess.Popen(
                [*before, sys.executable, "-m", "hub.app", "run", "--config", str(config), "--node", node],
                cwd=ROOT,
                env={
                    **os.environ,
                    "PYTHONPATH": f"{ROOT}:{EXTENSION}",
                    "STATE_DIRECTORY": str(self.state),
                    **(environment or {}),
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def output(self) -> str:
        """All that this node has logged in this life."""
        return self.log.read_bytes()[self._lived_before :].decode(errors="replace")

    def kill(self) -> float:
        """`kill -9`; the machine's monotonic time just before. It must not have ended by itself."""
        assert self.alive, self.output
        at_s = time.monotonic()
        self._end(signal.SIGKILL)
        return at_s

    def stop(self) -> None:
        """SIGTERM, as systemd does; does nothing when it has ended."""
        self._end(signal.SIGTERM)

    def reload(self) -> None:
        """SIGHUP, as `systemctl reload` does."""
        self._process.send_signal(signal.SIGHUP)

    def memory_kb(self) -> int:
        """Resident now."""
        return self._status("VmRSS")

    def memory_peak_kb(self) -> int:
        return self._status("VmHWM")

    def _status(self, field: str) -> int:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == field:
                return int(value.split()[0])
        raise LookupError(field)

    def _end(self, how: signal.Signals) -> None:
        if not self.alive:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"{self.log.stem} did not end within {STOPS_WITHIN_S:.0f} s of {how.name}") from None


def until(condition: Callable[[], bool], within_s: float, why: str, *, every_s: float = 0.05) -> float:
    """Wait for a condition; how long it took, in seconds."""
    began_s = time.monotonic()
    while not condition():
        if time.monotonic() - began_s > within_s:
            raise AssertionError(f"not within {within_s:.0f} s: {why}")
        time.sleep(every_s)
    return time.monotonic() - began_s
