"""GPIO chips and their lines, found by label and name: a Pi 5 has moved its header from number 4 to 0 already."""

from collections.abc import Sequence
from dataclasses import dataclass

from devices.errors import HardwareMissing

HEADER_LABELS = frozenset({"pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1"})
"""Chips that drive the header of a Pi: 0 to 3, 4, and 5."""
HEADER_LINES = {f"GPIO{number}": number for number in range(28)}
"""The header's lines and their offsets on the chips above, which older kernels name after other functions."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One chip: `path` below /dev, the driver's `label`, and the names of its lines by offset."""

    path: str
    label: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class LinePlace:
    """Where a line is."""

    chip: Chip
    offset: int


def find_line(name: str, chips: Sequence[Chip]) -> LinePlace:
    """The line that is printed on the pinout as `name`; the header comes before other chips.

    Raises:
        HardwareMissing: there is none.
    """
    for chip in sorted(chips, key=lambda chip: chip.label not in HEADER_LABELS):
        if name and name in chip.lines:
            return LinePlace(chip, chip.lines.index(name))
        if chip.label in HEADER_LABELS and HEADER_LINES.get(name, len(chip.lines)) < len(chip.lines):
            return LinePlace(chip, HEADER_LINES[name])
    if not chips:
        raise HardwareMissing("this machine has no GPIO chip: is it a Raspberry Pi?")
    there = ", ".join(f"{chip.label} ({_named(chip)})" for chip in chips)
    raise HardwareMissing(f"there is no line {name}; the chips are: {there}")


def _named(chip: Chip) -> str:
    names = [name for name in chip.lines if name]
    return f"{names[0]} … {names[-1]}" if names else "no names"
