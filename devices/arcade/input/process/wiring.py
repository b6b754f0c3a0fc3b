"""The switches of a cabinet as the process meets them: lines of chips, whose edges and levels it reads."""

import os
from fcntl import ioctl
from struct import Struct

from .codes import NOTHING
from .debounce import Contact

RECORD = Struct("@QIIII24x")
"""`struct gpio_v2_line_event` of <linux/gpio.h>: ns, kind, offset, number in the request, number of the line."""
RECORDS_BYTES = 9 * RECORD.size
"""Read at once: as many as fit what the interpreter allocates without asking the C library."""
KIND_AND_OFFSET = slice(8, 16)
"""Where a record says which change of which line it is."""
RISING, FALLING = 1, 2
SEQNO_MASK = 0xFFFFFFFF
_KIND_AND_OFFSET = Struct("@II")
_LEVELS = Struct("@QQ")
"""`struct gpio_v2_line_values`: the levels, and which of them are asked for."""
_GET_LEVELS = 0xC010B40E
"""GPIO_V2_LINE_GET_VALUES_IOCTL."""
LATENCIES = 96
_BYTES_OF_LEVELS = 8


class ChipGone(Exception):
    """The chip has disappeared."""


class Counts:
    """What a switch has done since the process began."""

    __slots__ = ("bounces", "latencies", "presses")

    def __init__(self) -> None:
        self.presses = 0
        self.bounces = [0, 0, 0, 0]
        """How many presses had no bounce, one, two, and three or more."""
        self.latencies = [0] * LATENCIES
        """How many changes took how long: number n is below 2^(n/4) µs."""

    def pressed(self, bounces: int) -> None:
        """One more."""
        self.presses += 1
        self.bounces[min(bounces, 3)] += 1

    def took(self, latency_ns: int) -> None:
        """From the edge until the game had it."""
        self.latencies[min(((latency_ns // 1000) ** 4).bit_length(), LATENCIES - 1)] += 1


class Switch:
    """One switch and its line: `line` is its offset, its player and its number among the player's."""

    __slots__ = ("at_ns", "chip", "contact", "counts", "keys", "latency_ns", "mask", "number", "player")

    def __init__(self, chip: "Chip", place: int, line: tuple[int, int, int], window_ns: int) -> None:
        offset, self.player, self.number = line
        self.chip = chip
        self.mask = 1 << place
        self.keys = (_KIND_AND_OFFSET.pack(FALLING, offset), _KIND_AND_OFFSET.pack(RISING, offset))
        """What stands in the records of its release and its press."""
        self.contact = Contact(window_ns, False)
        self.counts = Counts()
        self.at_ns = 0
        """When it last changed."""
        self.latency_ns = NOTHING
        """How long it took then until the game had it; NOTHING if it was not an edge that said so."""


class Chip:
    """The lines of one chip, which are one request."""

    __slots__ = ("_levels", "_mask", "answers", "descriptor", "next_seqno", "switches")

    def __init__(self, window_ns: int, descriptor: int, levels: int, lines: tuple[tuple[int, int, int], ...]) -> None:
        self.descriptor = descriptor
        self._levels = levels
        self._mask = (1 << len(lines)) - 1
        self.switches = {line[0]: Switch(self, place, line, window_ns) for place, line in enumerate(lines)}
        self.next_seqno = 0
        """Of the record that comes next; 0 as long as none has come."""
        self.answers: dict[bytes, tuple[int, bytes]] = {}
        """What is written where when a record comes that says this and nothing more: see `Loop`."""

    def start(self) -> None:
        """Forget the past, and take the switches for what they are."""
        try:
            while os.read(self.descriptor, RECORDS_BYTES):
                pass
        except BlockingIOError:
            levels = self.levels()
        else:
            raise ChipGone
        for switch in self.switches.values():
            switch.contact.active = bool(levels & switch.mask)

    def levels(self) -> int:
        """The lines that are active now, by `Switch.mask`."""
        try:
            if self._levels == NOTHING:
                values = ioctl(self.descriptor, _GET_LEVELS, _LEVELS.pack(0, self._mask))
            else:
                values = os.pread(self._levels, _BYTES_OF_LEVELS, 0) + bytes(_BYTES_OF_LEVELS)
        except OSError:
            raise ChipGone from None
        return int(_LEVELS.unpack(values)[0])
