"""When sensors are due."""

from hypothesis import given
from hypothesis import strategies as st

from devices.garden.grid import Grid

PERIODS = st.floats(0.01, 86400)
MOMENTS = st.floats(0, 1e7)


@given(PERIODS, MOMENTS, st.text(max_size=20))
def test_the_second_reading_comes_within_a_period_of_the_first(period_s: float, start_s: float, name: str) -> None:
    first = Grid(name, period_s, start_s).next_after(start_s)
    assert start_s < first <= start_s + period_s * 1.0001


@given(PERIODS, MOMENTS, MOMENTS)
def test_the_next_moment_is_later_and_at_most_a_period_away(period_s: float, start_s: float, later_s: float) -> None:
    now_s = start_s + later_s
    due_s = Grid("bed/air", period_s, start_s).next_after(now_s)
    assert now_s < due_s <= now_s + period_s * 1.0001


def test_a_year_of_minutes_does_not_drift() -> None:
    grid = Grid("bed/air", 60, 1000)
    due_s = first_s = grid.next_after(1000)
    for _ in range(1000):
        due_s = grid.next_after(due_s + 0.7)
    assert due_s == first_s + 1000 * 60


def test_moments_that_were_missed_are_not_made_up_for() -> None:
    grid = Grid("bed/air", 60, 0)
    first_s = grid.next_after(0)
    assert grid.next_after(first_s + 150) == first_s + 180


def test_two_hundred_sensors_of_one_minute_are_spread_over_it() -> None:
    due = [Grid(f"bed/sensor-{number}", 60, 0).next_after(0) for number in range(200)]
    for tenth in range(10):
        assert 8 <= sum(tenth * 6 < moment <= (tenth + 1) * 6 for moment in due) <= 34


def test_sensors_that_are_due_within_one_second_wake_the_pi_once() -> None:
    due = {Grid(f"bed/sensor-{number}", 1, 0.3).next_after(7.4) for number in range(200)}
    assert due == {8.0}


def test_faster_sensors_keep_moments_of_their_own() -> None:
    due = {Grid(f"bed/sensor-{number}", 0.1, 0).next_after(0) for number in range(200)}
    assert len(due) == 200


def test_a_sensor_keeps_its_place_through_a_restart() -> None:
    assert Grid("bed/air", 60, 0).next_after(0) == Grid("bed/air", 60, 0).next_after(0)
