"""What keeps a machine safe, as far as a Pi shows it: its kernel's settings, the relay's line, and the keeper.

The resistor outside the Pi cannot be seen; whoever wires it is reminded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devices.board.board import CONSUMER
from devices.board.chips import HEADER_LINES, LinePlace, find_line
from devices.board.gpio_request import read_chips
from devices.errors import HardwareMissing
from devices.machines.options import MachineOptions, RelayOptions
from hub.doctor.finding import Finding, good, missing, warning
from hub.doctor.machine import outputs_are_released

KEEPER = "devices/machines/keeper"
"""The end of the last argument of a keeper's command line."""
PULLED_UP = range(9)
"""Lines GPIO0 to GPIO8 are pulled up from power-on until somebody asks for them, the others down (BCM2835, BCM2711,
RP1: "Pull" in the tables of alternative functions)."""


@dataclass(frozen=True, slots=True)
class LineState:
    """A line as the kernel knows it."""

    holder: str | None
    drives: bool
    """It is an output that drives both levels."""


def examined(name: str, machine: MachineOptions, root: Path) -> Iterator[Finding]:
    """One machine of this Pi."""
    yield _released(name, root)
    yield _at_power_on(name, machine.relay)
    try:
        place = find_line(machine.relay.line, read_chips(root / "dev"))
    except HardwareMissing:
        return  # said with all other lines already
    yield _held(name, machine.relay, line_state(place), keepers(root))


def _released(name: str, root: Path) -> Finding:
    if outputs_are_released(root) is False:
        advice = "add the line dtparam=strict_gpiod to config.txt and restart: until then do not use it unwatched"
        return missing(f"{name}: safety", "its relay could stay on when its keeper dies", advice)
    return good(f"{name}: safety", "its relay is released when its keeper dies")


def _at_power_on(name: str, relay: RelayOptions) -> Finding:
    """What the Pi itself does with the line until ALCOLAB asks for it."""
    pulled_up = HEADER_LINES.get(relay.line, len(HEADER_LINES)) in PULLED_UP
    reminder = "it needs a resistor of 10 kΩ outside the Pi that holds it off"
    if relay.line in HEADER_LINES and pulled_up is not relay.active_low:
        level, better = ("up", "GPIO9 to GPIO27") if pulled_up else ("down", "GPIO0 to GPIO8")
        found = f"{relay.line} is pulled {level} while the Pi starts, which is on; {reminder}"
        return warning(f"{name}: resistor", found, f"use one of {better}, where the Pi's own resistor helps it")
    return good(f"{name}: resistor", f"{relay.line} is off while the Pi starts; all the same {reminder}")


def _held(name: str, relay: RelayOptions, line: LineState, keepers_there: int) -> Finding:
    part = f"{name}: keeper"
    if line.holder is None:
        return warning(part, f"nobody holds {relay.line}", "is ALCOLAB running? sudo systemctl status alcolab")
    if line.holder != CONSUMER:
        return missing(part, f"{relay.line} is held by {line.holder}", "stop that program, or use another line")
    if not line.drives:
        advice = f"free {relay.line} of overlays in config.txt, and restart"
        return missing(part, f"{relay.line} is no plain output", advice)
    if not keepers_there:
        advice = "sudo systemctl restart alcolab; if it stays so, do not use the machine"
        return missing(part, f"{relay.line} is held, but no keeper runs", advice)
    return good(part, f"holds {relay.line}, a plain output")


def line_state(place: LinePlace) -> LineState:
    """Blocks."""
    import gpiod
    from gpiod.line import Direction, Drive

    with gpiod.Chip(place.chip.path) as chip:
        info = chip.get_line_info(place.offset)
    drives = info.direction is Direction.OUTPUT and info.drive is Drive.PUSH_PULL
    return LineState((info.consumer or "the kernel") if info.used else None, drives)


def keepers(root: Path) -> int:
    """How many keepers run on this machine."""
    return sum(_is_keeper(process / "cmdline") for process in (root / "proc").glob("[0-9]*"))


def _is_keeper(command_line: Path) -> bool:
    try:
        arguments = command_line.read_bytes().rstrip(b"\0").split(b"\0")
    except OSError:  # it has ended
        return False
    return arguments[-1].decode(errors="replace").endswith(KEEPER)
