"""From an edge of a GPIO line to a gamepad's event, in the virtual Pi.

All in one boot and in turn, because an emulated processor allows nothing but ratios.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.arcade.inside import GPIOZERO, IDLE, TURNED
from bench.edges.run import Run, c_program
from bench.measure import Goal, Measurement
from devices.arcade.buttons import Button
from tests.virtual_pi.machine import Machine, missing

C_SOURCE = Path(__file__).with_name("input.c")
PROCESSORS = 2
WORDS: Mapping[Button, str] = {Button.SOUTH: "a button", Button.LEFT: "a direction"}
NONE = Goal(most=0)
MEDIAN = Goal(most=1.4)


def measure() -> Iterator[Measurement]:
    if packages := missing():
        print(f"arcade: not measured, there is no virtual Pi without {' '.join(packages)}", flush=True)
        return
    runs, woken = _runs()
    for button in TURNED:
        yield from _compared(f"edge to gamepad event, {WORDS[button]}", runs[f"cabinet {button}"], runs[f"c {button}"])
    yield from _compared("the same, gpiozero's callbacks alone", runs[GPIOZERO], runs[f"c {TURNED[0]}"], judged=False)
    yield Measurement("wake-ups while nobody plays", "1/s", [woken], goal=NONE)


def _compared(what: str, ours: Sequence[Run], c: Sequence[Run], *, judged: bool = True) -> Iterator[Measurement]:
    goal = MEDIAN if judged else None
    yield Measurement(
        f"{what}; C: median", "µs", [each.median_us for each in ours], [each.median_us for each in c], goal
    )
    yield Measurement(f"{what}; C: CPU an edge", "µs", [each.cpu_us for each in ours], [each.cpu_us for each in c])
    lost = [float(each.lost) for each in ours]
    yield Measurement(f"{what}: lost of 300 a second", "edges", lost, goal=NONE if judged else None)


def _runs() -> tuple[Mapping[str, Sequence[Run]], float]:
    """Of each program, in the order of the rounds; and how often a second the cabinet's process woke up."""
    found: dict[str, list[Run]] = defaultdict(list)
    with c_program(C_SOURCE) as ours, c_program() as edges:
        machine = Machine([sys.executable, "-m", "bench.arcade.inside", ours, edges], {}, processors=PROCESSORS)
        try:
            for line in machine.lines():
                if (said := json.loads(line))["name"] == IDLE:
                    return found, said["woken"]
                done = Run(**said)
                found[done.name].append(done)
            raise ChildProcessError(f"the virtual Pi ended early:\n{machine.last_words()}")
        finally:
            machine.switch_off()
