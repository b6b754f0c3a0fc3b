"""`python -m bench.arcade.inside C_PROGRAM EDGES_PROGRAM`: the measurement itself, in the virtual Pi.

It says a line of JSON for each run, and at the end how often the cabinet's process woke up while nobody played.

One boot; all programs run, and are driven in turn, often, so that what else the machine does meets all alike. What they
write goes through the kernel's input system (uinput) as the first player's gamepad, and comes back to the program that
turns the line.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.arcade.cabinet import SWITCHES
from bench.edges.inside import events_of, keyboard
from bench.edges.run import Run, drive, driven, reacting
from devices.arcade.buttons import Button
from devices.arcade.input.identity import gamepad
from devices.board.pi import PiBoard
from tests.devices.arcade.input.playing import voluntary_sleeps
from tests.virtual_pi.gpio_sim import GpioSim
from tests.virtual_pi.machine import WIRE

ROUNDS = 40
EDGES = 50
PERIOD_US = 3333
WINDOW_US = 1000
TURNED = (Button.SOUTH, Button.LEFT)
C_FIRST, CABINET_FIRST, GPIOZERO_LINE = 2, 12, 22
GPIOZERO, IDLE = "gpiozero", "idle"
SETTLE_S = 1.0
IDLE_S = 5.0


@dataclass(frozen=True, slots=True)
class Turning:
    """A line that is turned, the process that reacts to it, and where its events come out."""

    name: str
    pid: int
    line: int
    events: Path


async def main(c_program: str, edges_program: str) -> None:
    with GpioSim() as header, ExitStack() as stack:
        pad = gamepad(1)
        async with PiBoard(Path()).virtual_input(pad) as device:
            turned = _started(stack, c_program, header, device, events_of(pad.name.encode()))
            with Path(WIRE).open("w", buffering=1) as wire:  # noqa: ASYNC230 - nothing else runs here
                for turning in turned * ROUNDS:
                    print(json.dumps(asdict(_run(turning, edges_program, header))), file=wire)
                woken = _woken(next(each.pid for each in turned if each.name.startswith("cabinet")))
                print(json.dumps({"name": IDLE, "woken": woken}), file=wire)


def _started(stack: ExitStack, c_program: str, header: GpioSim, pad: int, events: Path) -> list[Turning]:
    """All programs run all the time, each on lines of its own."""

    def start(name: str, command: Sequence[str], device: int) -> int:
        return stack.enter_context(reacting(name, command, device))

    offsets = [str(C_FIRST + place) for place in range(len(SWITCHES))]
    c = start("c", [c_program, str(WINDOW_US), str(header.path), *offsets], pad)
    cabinet = start("cabinet", _python("bench.arcade.cabinet", str(WINDOW_US), str(CABINET_FIRST)), pad)
    keys, key_events = keyboard()
    gpiozero = start(GPIOZERO, _python("bench.edges.react", GPIOZERO, f"GPIO{GPIOZERO_LINE}"), keys)
    return [
        *(
            Turning(f"{name} {button}", pid, first + SWITCHES.index(button), events)
            for button in TURNED
            for name, pid, first in (("c", c, C_FIRST), ("cabinet", cabinet, CABINET_FIRST))
        ),
        Turning(GPIOZERO, gpiozero, GPIOZERO_LINE, key_events),
    ]


def _python(*arguments: str) -> Sequence[str]:
    return [sys.executable, "-m", *arguments]


def _run(turning: Turning, edges_program: str, header: GpioSim) -> Run:
    pull = header.outside(f"GPIO{turning.line}") / "pull"
    with turning.events.open("rb") as came:
        driving = drive(edges_program, EDGES, PERIOD_US, str(pull))
        return driven(turning.name, turning.pid, driving, came.fileno())


def _woken(pid: int) -> float:
    """How often a second, while nobody plays."""
    time.sleep(SETTLE_S)
    before = voluntary_sleeps(pid)
    time.sleep(IDLE_S)
    return (voluntary_sleeps(pid) - before) / IDLE_S


if __name__ == "__main__":
    subprocess.run(["modprobe", "-a", "uinput", "evdev"], check=True)
    asyncio.run(main(*sys.argv[1:]))
