"""Calibrated values: straight lines, dated."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.garden.calibration import in_force, interpolate
from devices.garden.options import Calibration

SOIL = ((2.61, 0.0), (1.12, 100.0))
NUMBERS = st.floats(-1e6, 1e6).map(lambda number: round(number, 3))


@pytest.mark.parametrize(("volts", "percent"), [(2.61, 0), (1.12, 100), (1.865, 50), (0.971, 110), (2.759, -10)])
def test_a_soil_probe_reads_between_and_beyond_its_dry_and_wet_points(volts: float, percent: float) -> None:
    assert interpolate(SOIL, volts) == pytest.approx(percent)


@pytest.mark.parametrize(("raw", "value"), [(-1, -20), (0, 0), (5, 100), (10, 200), (15, 225), (30, 300)])
def test_each_segment_has_its_slope_and_the_end_ones_go_on(raw: float, value: float) -> None:
    assert interpolate(((0, 0), (10, 200), (20, 250)), raw) == pytest.approx(value)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=8, unique_by=lambda point: point[0]))
def test_every_calibrated_point_reads_as_calibrated_in_whatever_order(points: list[tuple[float, float]]) -> None:
    for raw, value in points:
        assert interpolate(points, raw) == pytest.approx(value, rel=1e-6, abs=1e-3)
        assert interpolate(points[::-1], raw) == interpolate(points, raw)


OLD, NEW = (Calibration(since=date(year, 3, 1), points=SOIL) for year in (2025, 2026))


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2025, 2, 28), None),
        (date(2025, 3, 1), OLD),
        (date(2026, 2, 28), OLD),
        (date(2026, 3, 1), NEW),
        (None, NEW),
    ],
)
def test_the_last_calibration_that_has_begun_applies(today: date | None, expected: Calibration | None) -> None:
    assert in_force((NEW, OLD), today) is expected
