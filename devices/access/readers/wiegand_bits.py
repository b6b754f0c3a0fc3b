"""Bits from the edges of a Wiegand reader's two wires: judged by the kernel's timestamps, however late somebody looks.

A short low pulse on DATA0 is a 0, one on DATA1 a 1. Source: SIA AC-01-1996.10: a pulse takes 20 to 100 µs, the next
one comes 200 µs to 20 ms after it, and never are both wires low at once.
"""

from dataclasses import dataclass, field

from devices.board.board import Edge

PAUSE_NS = 25_000_000
"""After so long without a pulse a frame is over: the longest interval of the standard, and some lateness."""
NEAREST_NS = 100_000
"""Half the shortest interval: a busy kernel may stamp a pulse late, and so the next one seems nearer than it was."""
BITS_MOST = 64
"""No reader sends longer frames; so many pulses without a pause are noise."""
LOST = (
    "this Pi was too busy and lost pulses: hold the card there again; if it happens often, give the reader another Pi"
)
TOO_NEAR = "pulses come too near to each other, or on both wires at once: check ground, shield and level shifter"
TOO_MANY = "pulses come without an end: check ground, shield and level shifter"


@dataclass(frozen=True, slots=True)
class Burst:
    """Pulses between two pauses. `spoilt` says why they are no frame, and nothing of the number; else it is empty."""

    bits: str = field(repr=False)
    spoilt: str = ""

    @property
    def is_key(self) -> bool:
        """A key of the reader's keypad: four bits, or eight whose first four are the others inverted."""
        if len(self.bits) == 8:
            return int(self.bits[:4], 2) ^ int(self.bits[4:], 2) == 0b1111
        return len(self.bits) == 4


class WiegandBits:
    """Collects the bits of one reader. The kernel numbers the edges of each line from 1."""

    def __init__(self, d0: str, d1: str) -> None:
        self._values = {d0: "0", d1: "1"}
        self._seqnos = {d0: 0, d1: 0}
        self._bits = ""
        self._spoilt = ""
        self._last_ns: int | None = None

    @property
    def unfinished(self) -> bool:
        """Whether pulses have come that the next pause makes a burst."""
        return self._last_ns is not None

    def feed(self, edge: Edge) -> Burst | None:
        """Take a falling edge; the burst before it, if a pause lies between, or if there was none for too long."""
        since_ns = PAUSE_NS if self._last_ns is None else edge.monotonic_ns - self._last_ns
        ended = self.end() if since_ns > PAUSE_NS else None
        self._bits += self._values[edge.line]
        self._spoilt = self._spoilt or self._fault(edge, since_ns)
        self._seqnos[edge.line] = edge.line_seqno
        self._last_ns = edge.monotonic_ns
        if len(self._bits) > BITS_MOST:
            ended = Burst(self._bits, TOO_MANY)
            self._bits, self._spoilt = "", TOO_MANY  # and so is what follows
        return ended

    def _fault(self, edge: Edge, since_ns: int) -> str:
        if edge.line_seqno != self._seqnos[edge.line] + 1:
            return LOST
        return TOO_NEAR if since_ns < NEAREST_NS else ""

    def end(self) -> Burst | None:
        """A pause has come: the burst before it, if there was one."""
        ended = Burst(self._bits, self._spoilt) if self.unfinished else None
        self._bits = self._spoilt = ""
        self._last_ns = None
        return ended
