"""What is measured of a process, and what a measurement must reach."""

import os
import statistics
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ENDS_WITHIN_S = 20.0
MB = 1e6


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound: of ours divided by theirs, or of our own value where there is nobody to compare with."""

    least: float | None = None
    most: float | None = None

    def met_by(self, value: float) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def __str__(self) -> str:
        return f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One quantity, measured several times on each side, in turn."""

    what: str
    unit: str
    ours: Sequence[float]
    theirs: Sequence[float] = ()
    goal: Goal | None = None

    @property
    def judged(self) -> float:
        """The ratio of the medians, or our own worst value."""
        return statistics.median(self.ours) / statistics.median(self.theirs) if self.theirs else max(self.ours)

    @property
    def met(self) -> bool:
        return self.goal is None or self.goal.met_by(self.judged)


class Running:
    """A process under measurement, with the processes that it started."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.started = time.monotonic()
        self._process = process
        self._log = log

    def check(self) -> None:
        """Raises:
        ChildProcessError: it has ended; with the last that it said.
        """
        if (status := self._process.poll()) is not None:
            raise ChildProcessError(f"ended with {status}:\n{self._log.read_text(errors='replace')[-4000:]}")

    def cpu_s(self) -> float:
        """Processor time that the tree has used so far."""
        return sum(_cpu_s(pid) for pid in self._tree())

    def rss(self) -> float:
        """Resident bytes; what processes share counts in each."""
        return sum(_memory(pid)["Rss"] for pid in self._tree())

    def pss(self) -> float:
        """Resident bytes; what processes share (libraries, mostly) is divided among them."""
        return sum(_memory(pid)["Pss"] for pid in self._tree())

    def _tree(self) -> list[int]:
        self.check()
        return [self._process.pid, *_descendants(self._process.pid)]


@contextmanager
def running(
    command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """Start `command`; on leaving ask it to end, and insist."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **(environment or {})},
        )
    try:
        yield Running(process, log)
    finally:
        process.terminate()
        try:
            process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _descendants(pid: int) -> Iterator[int]:
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, children.read_text().split()):
            yield child
            yield from _descendants(child)


def _cpu_s(pid: int) -> float:
    """All threads, ended ones too, in nanoseconds' steps: `clock_getcpuclockid(3)`; /proc/PID/stat counts in 10 ms."""
    return time.clock_gettime((~pid << 3) | 2)


def _memory(pid: int) -> dict[str, float]:
    """Bytes by name, from `/proc/PID/smaps_rollup`."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name: float(size.split()[0]) * 1024 for name, _, size in (line.partition(":") for line in lines)}
