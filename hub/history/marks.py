"""Which numbers of a log are stored: all up to a watermark, and intervals above it."""

from bisect import bisect_right

INTERVALS_MOST = 10_000
"""More than a node could bring about by losing messages; what would need more is not stored, and comes again."""
NUMBER_MOST = 2**53
"""What JSON carries exactly."""


class Marks:
    """The stored numbers of one log.

    `watermark` never passes a number that is neither stored nor given up by its node. `lost` counts the latter.
    """

    __slots__ = ("_above", "changed", "lost", "watermark")

    def __init__(self, watermark: int = 0, above: list[tuple[int, int]] | None = None, lost: int = 0) -> None:
        self.watermark = watermark
        self.lost = lost
        self.changed = False
        """Whether the intervals above differ from those that were given at first; the writer resets it."""
        self._above = above or []

    @property
    def above(self) -> tuple[tuple[int, int], ...]:
        """Intervals (first, last) above the watermark, ascending, neither touching nor overlapping."""
        return tuple(self._above)

    def add(self, number: int) -> bool:
        """Note that `number` is stored; False where it was already, or cannot be noted."""
        if number == self.watermark + 1:
            self.watermark = number
            if self._above:
                self._absorb()
            return True
        if number <= self.watermark or number > NUMBER_MOST:
            return False
        return self._add_above(number)

    def give_up(self, first: int, last: int) -> int:
        """The node does not have these numbers any more: pass them, and return how many of them were never stored."""
        first = max(first, self.watermark + 1)
        if last < first or last > NUMBER_MOST:
            return 0
        touching = [(start, end) for start, end in self._above if start <= last + 1 and end >= first - 1]
        apart = [(start, end) for start, end in self._above if start > last + 1 or end < first - 1]
        if not touching and len(apart) >= INTERVALS_MOST:
            return 0
        missing = last - first + 1 - sum(min(end, last) - max(start, first) + 1 for start, end in touching)
        joined = min([first, *(start for start, _ in touching)]), max([last, *(end for _, end in touching)])
        self._above = sorted([*apart, joined])
        self.lost += missing
        self.changed = True
        self._absorb()
        return missing

    def _absorb(self) -> None:
        while self._above and self._above[0][0] <= self.watermark + 1:
            self.watermark = max(self.watermark, self._above.pop(0)[1])
            self.changed = True

    def _add_above(self, number: int) -> bool:
        after = bisect_right(self._above, (number, NUMBER_MOST))
        before = after - 1
        joins_before = before >= 0 and self._above[before][1] >= number - 1
        if joins_before and self._above[before][1] >= number:
            return False
        joins_after = after < len(self._above) and self._above[after][0] == number + 1
        if joins_before and joins_after:
            self._above[before] = (self._above[before][0], self._above.pop(after)[1])
        elif joins_before:
            self._above[before] = (self._above[before][0], number)
        elif joins_after:
            self._above[after] = (number, self._above[after][1])
        elif len(self._above) >= INTERVALS_MOST:
            return False
        else:
            self._above.insert(after, (number, number))
        self.changed = True
        return True
