"""From an edge of a GPIO line to an input event, against a C program that does the same, in the virtual Pi.

All in one boot and in turn, because an emulated processor allows nothing but ratios.
"""

import json
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.measure import Goal, Measurement
from tests.virtual_pi.machine import Machine, missing

OURS = {
    "process": ("a process of its own", Goal(most=1.4)),
    "loop": ("the event loop", Goal(most=1.8)),
    "gpiozero": ("gpiozero's callbacks", None),
}
PROCESSORS = 2
NONE = Goal(most=0)

Runs = Mapping[str, list[dict[str, Any]]]


def measure() -> Iterator[Measurement]:
    if packages := missing():
        print(f"edges: not measured, there is no virtual Pi without {' '.join(packages)}", flush=True)
        return
    runs = _runs()
    for name, (words, goal) in OURS.items():
        ours, c = runs[name], runs["c"]
        what = f"edge to input event, {words}; C"
        yield Measurement(f"{what}: median", "µs", _medians_us(ours), _medians_us(c), goal)
        yield Measurement(f"{what}: CPU an edge", "µs", _cpu_us(ours), _cpu_us(c))
        lost = [float(_lost(run)) for run in ours]
        yield Measurement(f"edges lost, {words}", "edges", lost, goal=NONE if goal else None)


def _runs() -> Runs:
    """Of each program, in the order of the rounds."""
    found: Runs = defaultdict(list)
    with TemporaryDirectory() as folder:
        program = Path(folder) / "edges"
        source = Path(__file__).with_name("edges.c")
        subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-o", program, source], check=True)
        command = [sys.executable, "-m", "bench.edges.inside", str(program)]
        machine = Machine(command, {}, processors=PROCESSORS)
        try:
            for line in machine.lines():
                run = json.loads(line)
                found[run["name"]].append(run)
            if not found.keys() >= {"c", *OURS}:
                raise ChildProcessError(f"the virtual Pi ended early:\n{machine.last_words()}")
        finally:
            machine.switch_off()
    return found


def _medians_us(runs: list[dict[str, Any]]) -> list[float]:
    return [statistics.median(took for took in run["took_ns"] if took >= 0) / 1e3 for run in runs]


def _cpu_us(runs: list[dict[str, Any]]) -> list[float]:
    return [run["cpu_s"] * 1e6 / run["edges"] for run in runs]


def _lost(run: dict[str, Any]) -> int:
    return sum(took < 0 for took in run["took_ns"])
