"""From an edge of a GPIO line to an input event, in the virtual Pi.

All in one boot and in turn, because an emulated processor allows nothing but ratios.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping

from bench.edges.run import Run, c_program
from bench.measure import Goal, Measurement
from tests.virtual_pi.machine import Machine, missing

OURS = {
    "process": ("a process of its own", Goal(most=1.4)),
    "loop": ("the event loop", Goal(most=1.8)),
    "gpiozero": ("gpiozero's callbacks", None),
}
PROCESSORS = 2
NONE = Goal(most=0)


def measure() -> Iterator[Measurement]:
    if packages := missing():
        print(f"edges: not measured, there is no virtual Pi without {' '.join(packages)}", flush=True)
        return
    runs = _runs()
    for name, (words, goal) in OURS.items():
        ours, c = runs[name], runs["c"]
        what = f"edge to input event, {words}; C"
        yield Measurement(f"{what}: median", "µs", _medians_us(ours), _medians_us(c), goal)
        yield Measurement(f"{what}: CPU an edge", "µs", [each.cpu_us for each in ours], [each.cpu_us for each in c])
        lost = [float(each.lost) for each in ours]
        yield Measurement(f"edges lost, {words}", "edges", lost, goal=NONE if goal else None)


def _runs() -> Mapping[str, list[Run]]:
    """Of each program, in the order of the rounds."""
    found: dict[str, list[Run]] = defaultdict(list)
    with c_program() as program:
        machine = Machine([sys.executable, "-m", "bench.edges.inside", program], {}, processors=PROCESSORS)
        try:
            for line in machine.lines():
                done = Run(**json.loads(line))
                found[done.name].append(done)
            if not found.keys() >= {"c", *OURS}:
                raise ChildProcessError(f"the virtual Pi ended early:\n{machine.last_words()}")
        finally:
            machine.switch_off()
    return found


def _medians_us(runs: list[Run]) -> list[float]:
    return [each.median_us for each in runs]
