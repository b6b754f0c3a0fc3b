"""A coin acceptor as its pulse line tells it: edges with the kernel's timestamps in, coins out. Pure.

Nothing here looks at a clock: how late the program reads the edges changes no width and no count.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from devices.arcade.coins.pulses import Coin, Rejected, Verdict, meaning_of
from devices.arcade.coins.steady import SteadyLevel
from devices.arcade.options import PulseCount, PulseWidths

STUCK_NS = 1_000_000_000
"""A line that came to no rest for so long is stuck: the longest pulse that can be configured lasts 0.6 s."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """The line was left active, or chatters without end, since `since_ns`."""

    since_ns: int


@dataclass(frozen=True, slots=True)
class Freed:
    """The stuck line is at rest again."""


Outcome: TypeAlias = Coin | Rejected | Stuck | Freed


class Acceptor:
    """Understands one line. Every edge goes to `edge`; when `deadline_ns` has passed without one, `settle`."""

    def __init__(self, signal: PulseCount | PulseWidths) -> None:
        self._line = SteadyLevel()
        self._meaning = meaning_of(signal)
        self._began_ns = 0
        self._unrest_since_ns: int | None = None
        self._void = False
        """What goes on until the line is at rest counts for nothing."""
        self._stuck = False

    @property
    def deadline_ns(self) -> int | None:
        """When something is to be decided, on the clock of the edges; None while the line is at rest."""
        stuck_ns = None if self._unrest_since_ns is None or self._stuck else self._unrest_since_ns + STUCK_NS
        meant_ns = self._meaning.deadline_ns if self._line.at_rest else None
        return min((each for each in (self._line.deadline_ns, meant_ns, stuck_ns) if each is not None), default=None)

    def edge(self, active: bool, at_ns: int) -> Sequence[Outcome]:
        """The line changes to `active`."""
        outcomes = self.settle(at_ns)
        self._line.edge(active, at_ns)
        if self._unrest_since_ns is None and not self._line.at_rest:
            self._unrest_since_ns = at_ns
        return outcomes

    def settle(self, now_ns: int) -> Sequence[Outcome]:
        """All edges until now are known; what follows from that, in the order in which it came true."""
        outcomes: list[Outcome] = []
        while (due_ns := self.deadline_ns) is not None and due_ns <= now_ns:
            outcomes += self._decided(due_ns)
        return tuple(outcomes)

    def lost(self, active: bool, at_ns: int, why: str) -> Sequence[Outcome]:
        """Edges before `at_ns` are unknown, and the line has this level: what was under way counts for nothing."""
        self._line.assume(active, at_ns)
        self._meaning.spoiled(at_ns)
        self._void = active
        if active and self._unrest_since_ns is None:
            self._unrest_since_ns = at_ns
        return (Rejected(why, at_ns), *self._rest())

    def _decided(self, now_ns: int) -> Iterator[Outcome]:
        if change := self._line.settle(now_ns):
            yield from self._changed(change.active, change.at_ns)
        yield from self._rest()
        if self._line.at_rest:
            yield from self._meaning.rested(now_ns)
        elif self._is_stuck_by(now_ns):
            self._stuck = self._void = True
            self._meaning.spoiled(now_ns)
            yield Stuck(self._unrest_since_ns or now_ns)

    def _changed(self, active: bool, at_ns: int) -> Sequence[Verdict]:
        if self._void:
            self._meaning.spoiled(at_ns)
            return ()
        if active:
            self._began_ns = at_ns
            return self._meaning.began(at_ns)
        return self._meaning.ended(self._began_ns, at_ns)

    def _rest(self) -> Sequence[Outcome]:
        """When the line is at rest, all is well."""
        if not self._line.at_rest:
            return ()
        was_stuck, self._stuck, self._void, self._unrest_since_ns = self._stuck, False, False, None
        return (Freed(),) if was_stuck else ()

    def _is_stuck_by(self, now_ns: int) -> bool:
        return not self._stuck and self._unrest_since_ns is not None and now_ns - self._unrest_since_ns >= STUCK_NS
