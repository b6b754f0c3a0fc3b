"""Whether the relay may be on: as long as beats of one epoch come fresh and in order, and not beyond their limit.

An epoch is one stretch of being on. Once it has ended, for whatever reason, none of its beats turns the relay on again:
a machine that went off by itself must not start by itself (EN 60204-1, 7.5).
"""

from .codes import ASKED, LIMIT, SILENCE_NS, SILENT


class Guard:
    """All times are CLOCK_MONOTONIC, in nanoseconds. Look before you hear: what was late has ended already."""

    __slots__ = ("_at_ns", "_until_ns", "epoch", "on", "why")

    def __init__(self) -> None:
        self.on = False
        self.why = ASKED
        """Why it is off."""
        self.epoch = 0
        """The last that has begun."""
        self._at_ns = 0
        self._until_ns = 0

    def hear(self, epoch: int, at_ns: int, until_ns: int, now_ns: int) -> None:
        """A beat. One that is stale, from the future, out of order or of an epoch that has ended changes nothing."""
        if not self._at_ns < at_ns <= now_ns < at_ns + SILENCE_NS:
            return
        if epoch < self.epoch or (epoch == self.epoch and not self.on):
            return
        self.epoch, self._at_ns, self._until_ns = epoch, at_ns, until_ns
        self.on = now_ns < until_ns
        if not self.on:
            self.why = ASKED

    def look(self, now_ns: int) -> None:
        """Time has passed."""
        if self.on and now_ns >= self.due_ns:
            self.on = False
            self.why = LIMIT if self._until_ns <= self._at_ns + SILENCE_NS else SILENT

    @property
    def due_ns(self) -> int:
        """When an epoch that is on ends by itself."""
        return min(self._at_ns + SILENCE_NS, self._until_ns)
