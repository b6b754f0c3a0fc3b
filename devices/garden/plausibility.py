"""Whether a value can be believed, beyond what checksums prove: its range, and how fast it changed."""

from devices.device import Quality

CONFIRMED_AFTER = 3
"""So many readings in a row that agree with each other make a sudden change believable."""


class Plausibility:
    """Judges the values of one sensor, in order.

    A value outside `lowest_highest` is suspect. So is one that differs from the last good one by more than
    `max_rate_per_min` allows in the time between them, or in one period if that is longer (two readings asked for
    in quick succession may differ by noise). A true step is believed again at the third reading in a row whose
    neighbours agree with it.
    """

    def __init__(
        self, lowest_highest: tuple[float, float] | None, max_rate_per_min: float | None, period_s: float
    ) -> None:
        self._range = lowest_highest
        self._rate_per_min = max_rate_per_min
        self._period_s = period_s
        self._good: tuple[float, float] | None = None
        self._doubted: tuple[float, float] | None = None
        self._agreeing = 0

    def judge(self, value: float, at_s: float) -> Quality:
        """The quality of `value`, measured at `at_s` of a monotonic clock."""
        if self._range is not None and not self._range[0] <= value <= self._range[1]:
            return Quality.SUSPECT
        if self._good is None or self._follows(self._good, value, at_s) or self._is_confirmed(value, at_s):
            self._good, self._doubted = (value, at_s), None
            return Quality.OK
        return Quality.SUSPECT

    def _follows(self, before: tuple[float, float], value: float, at_s: float) -> bool:
        if self._rate_per_min is None:
            return True
        minutes = max(at_s - before[1], self._period_s) / 60
        return abs(value - before[0]) <= self._rate_per_min * minutes

    def _is_confirmed(self, value: float, at_s: float) -> bool:
        agrees = self._doubted is not None and self._follows(self._doubted, value, at_s)
        self._agreeing = self._agreeing + 1 if agrees else 1
        self._doubted = value, at_s
        return self._agreeing >= CONFIRMED_AFTER
