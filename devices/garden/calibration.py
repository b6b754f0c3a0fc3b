"""Straight lines between calibrated points, and which calibration is in force on a day."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from devices.garden.options import Calibration

Points = Sequence[tuple[float, float]]


def interpolate(points: Points, x: float) -> float:
    """The value at `x` on the lines through `points` (two or more, x rising or falling); the end lines go on."""
    ordered = sorted(points)
    segments = list(pairwise(ordered))
    (x0, y0), (x1, y1) = next((segment for segment in segments if x <= segment[1][0]), segments[-1])
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)


def in_force(calibrations: Sequence[Calibration], today: date | None) -> Calibration | None:
    """The last calibration that has begun; None before the first. Without a trusted date, the newest."""
    begun = [calibration for calibration in calibrations if today is None or calibration.since <= today]
    return max(begun, key=lambda calibration: calibration.since, default=None)
