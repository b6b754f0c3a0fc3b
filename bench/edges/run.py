"""One run: a program that reacts to edges, and the C program that makes them and takes the time."""

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

WARM_UP = 50
SOURCE = Path(__file__).with_name("edges.c")


@dataclass(frozen=True, slots=True)
class Run:
    """What came of it: nanoseconds from edge to key, -1 for one that never came; and the reacting program's CPU."""

    name: str
    took_ns: Sequence[int]
    cpu_s: float

    @property
    def median_us(self) -> float:
        return median(self._arrived()) / 1e3

    @property
    def p99_us(self) -> float:
        return quantiles(self._arrived(), n=100)[98] / 1e3

    @property
    def cpu_us(self) -> float:
        """Of each edge."""
        return self.cpu_s * 1e6 / (WARM_UP + len(self.took_ns))

    @property
    def lost(self) -> int:
        return sum(took < 0 for took in self.took_ns)

    def _arrived(self) -> Sequence[int]:
        return [took for took in self.took_ns if took >= 0]


@contextmanager
def c_program(source: Path = SOURCE) -> Iterator[str]:
    """The path of a C program, compiled."""
    with TemporaryDirectory() as folder:
        program = Path(folder) / source.stem
        subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-o", program, source], check=True)
        yield str(program)


def drive(c_program: str, edges: int, period_us: int, *pull: str) -> list[str]:
    """The command that makes so many edges, after those that warm up, of gpio-sim's line or of a played one."""
    return [c_program, "drive", str(WARM_UP + edges), str(period_us), *pull]


@contextmanager
def reacting(name: str, command: Sequence[str], inside: int, *descriptors: int) -> Iterator[int]:
    """A program that reacts, with the descriptor `inside` as its standard input and output, as soon as it is ready.

    What is yielded is the process that reacts: the program's own, or the one that it names when it says `ready PID`.

    Raises:
        ChildProcessError: it did not begin.
    """
    with subprocess.Popen(
        command, stdin=inside, stdout=inside, stderr=subprocess.PIPE, pass_fds=descriptors
    ) as program:
        try:
            yield _ready(name, program) or program.pid
        finally:
            program.terminate()


def driven(name: str, pid: int, drive: Sequence[str], outside: int, *descriptors: int) -> Run:
    """What comes of it when `drive`, whose standard input is `outside`, makes edges for a process that reacts."""
    started_s = _cpu_s(pid)
    done = subprocess.run(drive, stdin=outside, stdout=subprocess.PIPE, pass_fds=descriptors, check=True)
    cpu_s = _cpu_s(pid) - started_s
    return Run(name, [int(line) for line in done.stdout.split()][WARM_UP:], cpu_s)


def run(name: str, react: Sequence[str], drive: Sequence[str], inside: int, outside: int) -> Run:
    """`react` has the descriptor `inside` as its standard input and output, `drive` has `outside` as its input.

    Raises:
        ChildProcessError: the reacting program did not begin.
    """
    with reacting(name, react, inside) as pid:
        return driven(name, pid, drive, outside)


def _ready(name: str, program: subprocess.Popen[bytes]) -> int:
    """The process that it names, or 0."""
    assert program.stderr is not None
    said = b""
    while not (line := program.stderr.readline()).startswith(b"ready"):
        if not line:
            raise ChildProcessError(f"{name} ended at once:\n{said.decode(errors='replace')}")
        said += line
    return int(line.removeprefix(b"ready").strip() or 0)


def _cpu_s(pid: int) -> float:
    """All threads: `clock_getcpuclockid(3)`."""
    return time.clock_gettime((~pid << 3) | 2)
