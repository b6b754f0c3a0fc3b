"""When a sensor is due: on a grid of its period that never drifts."""

import math
from zlib import crc32


class Grid:
    """Moments `phase` · period after `start_s`, and every period from there, on one monotonic clock.

    The phase comes from the sensor's name, so that two hundred sensors do not all wake the Pi in the same
    millisecond, and wake it at the same rhythm after a restart. A moment that was missed is not made up for.
    """

    def __init__(self, name: str, period_s: float, start_s: float) -> None:
        self._period_s = period_s
        self._first_s = start_s + period_s * (crc32(name.encode()) + 1) / 2**32

    def next_after(self, now_s: float) -> float:
        """The first moment later than `now_s`."""
        periods = math.floor((now_s - self._first_s) / self._period_s) + 1
        return self._first_s + max(periods, 0) * self._period_s
