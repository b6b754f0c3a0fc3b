"""The level of a line without its glitches: what lasts less than 15 ms is nothing, as a pulse and as a gap."""

from dataclasses import dataclass

GLITCH_NS = 15_000_000


@dataclass(frozen=True, slots=True)
class Change:
    """The line has steadily another level, since `at_ns`."""

    active: bool
    at_ns: int


class SteadyLevel:
    """A level counts once it has lasted 15 ms without a break; when it began is found by a cumulative sum.

    Around a change a contact may bounce, and near it there may be glitches of their own. The moment that explains
    best what was seen, with the least time at the wrong level before and after it, is when the sum of the time at the
    new level less that at the old one began to grow (the CUSUM of E. S. Page, Biometrika 41, 1954).
    """

    def __init__(self) -> None:
        self.active = False
        self._raw = False
        self._raw_since_ns = 0
        self._left_ns: int | None = None
        """When the steady level was left, if it was for good."""
        self._away_ns = 0
        """Time since then at the other level, less that at the steady one."""

    @property
    def at_rest(self) -> bool:
        """Steadily inactive, and nothing else in sight."""
        return not self.active and self._left_ns is None

    @property
    def deadline_ns(self) -> int | None:
        """When `settle` will know more if there is no edge before."""
        return None if self._left_ns is None else self._raw_since_ns + GLITCH_NS

    def assume(self, active: bool, at_ns: int) -> None:
        """What was seen before counts no longer: the line has this level."""
        self.active = self._raw = active
        self._raw_since_ns, self._left_ns = at_ns, None

    def edge(self, active: bool, at_ns: int) -> None:
        """The line changes; `settle(at_ns)` has been asked before. An edge to the same level is a glitch unseen."""
        if active is self._raw:
            return
        lasted_ns = at_ns - self._raw_since_ns
        self._raw, self._raw_since_ns = active, at_ns
        if active is self.active:
            self._away_ns += lasted_ns
        elif self._left_ns is None or lasted_ns >= self._away_ns:
            self._left_ns, self._away_ns = at_ns, 0
        else:
            self._away_ns -= lasted_ns

    def settle(self, now_ns: int) -> Change | None:
        """The change that is certain by now, if there is one."""
        if (left_ns := self._left_ns) is None or now_ns - self._raw_since_ns < GLITCH_NS:
            return None
        self._left_ns = None
        if self._raw is self.active:
            return None
        self.active = self._raw
        return Change(self.active, left_ns)
