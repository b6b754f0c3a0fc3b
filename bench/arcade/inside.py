"""`python -m bench.arcade.inside C_PROGRAM EDGES_PROGRAM`: the measurement itself, in the virtual Pi.

It says a line of JSON for each run, and at the end how often the cabinet's process woke up while nobody played.

One boot, all programs in turn, several times. What they write goes through the kernel's input system (uinput) as the
first player's gamepad, and comes back to the program that turns the line.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from bench.arcade.cabinet import SWITCHES
from bench.edges.inside import events_of, keyboard
from bench.edges.run import drive, reacting, run
from devices.arcade.buttons import Button
from devices.arcade.input.identity import gamepad
from devices.board.pi import PiBoard
from tests.devices.arcade.input.playing import voluntary_sleeps
from tests.virtual_pi.gpio_sim import GpioSim
from tests.virtual_pi.machine import WIRE

ROUNDS = 9
EDGES = 300
PERIOD_US = 3333
WINDOW_US = 1000
TURNED = (Button.SOUTH, Button.LEFT)
GPIOZERO, IDLE = "gpiozero", "idle"
SETTLE_S = 1.0
IDLE_S = 5.0

Command = Sequence[str]


def main(c_program: str, edges_program: str) -> None:
    subprocess.run(["modprobe", "-a", "uinput", "evdev"], check=True)
    with Path(WIRE).open("w", buffering=1) as wire, GpioSim() as header:
        ways = {
            "c": [c_program, str(WINDOW_US), str(header.path), *map(str, SWITCHES.values())],
            "cabinet": [sys.executable, "-m", "bench.arcade.cabinet", str(WINDOW_US)],
        }
        asyncio.run(_with_a_gamepad(Measured(header, edges_program, wire), ways))


async def _with_a_gamepad(measured: "Measured", ways: Mapping[str, Command]) -> None:
    identity = gamepad(1)
    async with PiBoard(Path()).virtual_input(identity) as pad:
        _measure(measured, ways, pad, events_of(identity.name.encode()))
        measured.idle(ways["cabinet"], pad)


class Measured:
    """Programs that react to a line that is turned."""

    def __init__(self, header: GpioSim, edges_program: str, wire: TextIO) -> None:
        self._header = header
        self._program = edges_program
        self._wire = wire

    def run(self, name: str, command: Command, button: Button, device: int, events: Path) -> None:
        pull = self._header.outside(f"GPIO{SWITCHES[button]}") / "pull"
        with events.open("rb") as came:
            done = run(name, command, drive(self._program, EDGES, PERIOD_US, str(pull)), device, came.fileno())
        print(json.dumps(asdict(done)), file=self._wire)

    def idle(self, command: Command, device: int) -> None:
        with reacting("cabinet", command, device) as pid:
            time.sleep(SETTLE_S)
            before = voluntary_sleeps(pid)
            time.sleep(IDLE_S)
            woken = (voluntary_sleeps(pid) - before) / IDLE_S
        print(json.dumps({"name": IDLE, "woken": woken}), file=self._wire)


def _measure(measured: Measured, ways: Mapping[str, Command], pad: int, events: Path) -> None:
    keys, key_events = keyboard()
    line = f"GPIO{SWITCHES[Button.SOUTH]}"
    gpiozero = [sys.executable, "-m", "bench.edges.react", GPIOZERO, line]
    for _ in range(ROUNDS):
        for button in TURNED:
            for name, command in ways.items():
                measured.run(f"{name} {button}", command, button, pad, events)
        measured.run(GPIOZERO, gpiozero, Button.SOUTH, keys, key_events)


if __name__ == "__main__":
    main(*sys.argv[1:])
