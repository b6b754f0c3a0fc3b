"""What steady pulses say: one coin by its length, or one coin by the number of pulses."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from devices.arcade.coins.steady import GLITCH_NS
from devices.arcade.options import PulseCount, PulseWidths

TOLERANCE = 0.2
"""A pulse may be so much longer or shorter than it is set at the acceptor."""


@dataclass(frozen=True, slots=True)
class Coin:
    """A coin was taken: its credits, its pulses, their mean length, and when the first began (CLOCK_MONOTONIC)."""

    credits: int
    pulses: int
    width_s: float
    at_ns: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """Pulses that are no coin, and why, in words for a technician; `width_s` where it was one pulse."""

    why: str
    at_ns: int
    width_s: float | None = None


Verdict: TypeAlias = Coin | Rejected


class Meaning(ABC):
    """From pulses to verdicts."""

    @property
    def deadline_ns(self) -> int | None:
        """When `rested` will say more, if the line is at rest until then."""
        return None

    def began(self, at_ns: int) -> Sequence[Verdict]:  # noqa: ARG002 - for meanings in which the pause matters
        """A pulse begins."""
        return ()

    @abstractmethod
    def ended(self, began_ns: int, at_ns: int) -> Sequence[Verdict]:
        """A pulse ends."""

    def rested(self, now_ns: int) -> Sequence[Verdict]:  # noqa: ARG002 - likewise
        """The line is at rest."""
        return ()

    @abstractmethod
    def spoiled(self, at_ns: int) -> None:
        """What was under way until now can be understood no longer."""


def meaning_of(signal: PulseCount | PulseWidths) -> Meaning:
    """As the acceptor is configured."""
    return ByWidth(signal) if isinstance(signal, PulseWidths) else ByCount(signal)


class ByWidth(Meaning):
    """Each pulse is a coin."""

    def __init__(self, signal: PulseWidths) -> None:
        self._coins = signal.coins

    def ended(self, began_ns: int, at_ns: int) -> Sequence[Verdict]:
        width_ns = at_ns - began_ns
        fitting = [coin for coin in self._coins if fits(width_ns, coin.pulse)]
        if not fitting:
            known = ", ".join(in_ms(coin.pulse) for coin in self._coins)
            why = f"a pulse of {in_ms(width_ns / 1e9)} fits no coin: there are {known}, each ±20%"
            return (Rejected(why, began_ns, width_ns / 1e9),)
        nearest = min(fitting, key=lambda coin: abs(math.log(width_ns / 1e9 / coin.pulse)))
        return (Coin(nearest.credits, 1, width_ns / 1e9, began_ns),)

    def spoiled(self, at_ns: int) -> None:
        """The next pulse is a coin of its own."""


class ByCount(Meaning):
    """A train of pulses is a coin. One of a wrong length spoils it: what the coin was worth is not known then."""

    def __init__(self, signal: PulseCount) -> None:
        self._signal = signal
        self._most = max(signal.credits, default=0)
        self._pause_ns = round(signal.pause * 1e9)
        self._forget()

    def _forget(self) -> None:
        self._pulses = 0
        self._total_ns = 0
        self._first_ns = 0
        self._last_ns: int | None = None
        self._strange_ns: list[int] = []
        """Lengths of those that were too long or too short."""
        self._void = False
        """What is left of the train says nothing; the pause after it ends it as any other."""

    @property
    def deadline_ns(self) -> int | None:
        # A pulse that begins just within the pause is certain only when it is no glitch.
        return None if self._last_ns is None else self._last_ns + self._pause_ns + GLITCH_NS

    def began(self, at_ns: int) -> Sequence[Verdict]:
        if self._last_ns is not None and at_ns - self._last_ns > self._pause_ns:
            return self._closed()
        return ()

    def rested(self, now_ns: int) -> Sequence[Verdict]:
        return self._closed() if (due_ns := self.deadline_ns) is not None and now_ns >= due_ns else ()

    def ended(self, began_ns: int, at_ns: int) -> Sequence[Verdict]:
        self._last_ns = at_ns
        if self._void:
            return ()
        if self._pulses == self._most:
            self._void = True  # and said at once: such a train may have no end
            why = f"more than {self._most} pulses in a row are no coin: is `pause` too long, or a wire loose?"
            return (Rejected(why, self._first_ns or began_ns),)
        self._first_ns = self._first_ns or began_ns
        self._pulses += 1
        self._total_ns += (width_ns := at_ns - began_ns)
        if not fits(width_ns, self._signal.pulse):
            self._strange_ns.append(width_ns)
        return ()

    def spoiled(self, at_ns: int) -> None:
        self._void, self._last_ns = True, at_ns

    def _closed(self) -> Sequence[Verdict]:
        verdict = () if self._void else self._verdict()
        self._forget()
        return verdict

    def _verdict(self) -> Sequence[Verdict]:
        if self._strange_ns:
            return (Rejected(self._what_is_strange(), self._first_ns, self._strange_ns[0] / 1e9),)
        if self._pulses not in self._signal.credits:
            why = f"a coin of {self._pulses} pulses has no credits: say under `credits` what it is worth"
            return (Rejected(why, self._first_ns),)
        width_s = self._total_ns / self._pulses / 1e9
        return (Coin(self._signal.credits[self._pulses], self._pulses, width_s, self._first_ns),)

    def _what_is_strange(self) -> str:
        lengths = ", ".join(in_ms(width_ns / 1e9) for width_ns in self._strange_ns)
        wanted = f"{in_ms(self._signal.pulse)} ±20% are expected"
        if self._pulses == 1:
            return f"a pulse of {lengths} is no coin: {wanted}"
        return f"of {self._pulses} pulses some lasted {lengths}: {wanted}"


def fits(width_ns: int, nominal_s: float) -> bool:
    """Whether a pulse is as long as it should be, the bounds included."""
    return round(nominal_s * (1 - TOLERANCE) * 1e9) <= width_ns <= round(nominal_s * (1 + TOLERANCE) * 1e9)


def in_ms(seconds: float) -> str:
    return f"{seconds * 1e3:.4g} ms"
