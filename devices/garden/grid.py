"""When a sensor is due: on a grid of its period that never drifts."""

import math
from zlib import crc32

from devices.board.clock import BEAT_S


class Grid:
    """A moment within the first period after `start_s`, and every period from there, on the monotonic clock.

    Which moment comes from the sensor's name, so that two hundred sensors spread over their minute, at the same
    rhythm after a restart. It lies on a beat, so that those of one second wake the Pi once: to wake it for each would
    cost several times what measuring does. A moment that was missed is not made up for.
    """

    def __init__(self, name: str, period_s: float, start_s: float) -> None:
        self._period_s = period_s
        self._first_s = start_s + period_s * (crc32(name.encode()) + 1) / 2**32
        if period_s >= BEAT_S:
            self._first_s = math.floor(self._first_s / BEAT_S) * BEAT_S

    def next_after(self, now_s: float) -> float:
        """The first moment later than `now_s`."""
        periods = math.floor((now_s - self._first_s) / self._period_s) + 1
        return self._first_s + max(periods, 0) * self._period_s
