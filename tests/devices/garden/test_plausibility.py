"""What is believed of a value, beyond its checksum."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.device import Quality
from devices.garden.plausibility import Plausibility

OK, SUSPECT = Quality.OK, Quality.SUSPECT


def judged(plausibility: Plausibility, *values: float, every_s: float = 60) -> list[Quality]:
    return [plausibility.judge(value, at_s) for value, at_s in zip(values, count(0, every_s), strict=False)]


def test_a_value_outside_its_range_is_suspect_for_as_long_as_it_stays_there() -> None:
    assert judged(Plausibility((-30, 60), None, 60), 20, 85, 85, 85, 85, 60, -30, -30.1) == [
        OK, SUSPECT, SUSPECT, SUSPECT, SUSPECT, OK, OK, SUSPECT,
    ]  # fmt: skip


def test_a_spike_is_suspect_and_the_value_after_it_is_not() -> None:
    assert judged(Plausibility(None, 2, 60), 20, 40, 20.5) == [OK, SUSPECT, OK]


def test_a_true_step_is_believed_at_its_third_reading() -> None:
    assert judged(Plausibility(None, 2, 60), 20, 40, 40.5, 39.8, 40) == [OK, SUSPECT, SUSPECT, OK, OK]


def test_readings_that_do_not_agree_with_each_other_confirm_nothing() -> None:
    assert judged(Plausibility(None, 2, 60), 20, 40, 60, 30, 80) == [OK, SUSPECT, SUSPECT, SUSPECT, SUSPECT]


def test_after_a_pause_a_larger_change_is_believed() -> None:
    plausibility = Plausibility(None, 2, 60)
    assert plausibility.judge(20, 0) is OK
    assert plausibility.judge(39, 600) is OK


def test_noise_between_two_readings_in_quick_succession_is_no_rate() -> None:
    plausibility = Plausibility(None, 2, 60)
    assert plausibility.judge(20, 0) is OK
    assert plausibility.judge(20.5, 0.01) is OK


def test_an_impossible_value_confirms_no_step_and_forgets_none() -> None:
    assert judged(Plausibility((0, 100), 2, 60), 20, 40, 900, 40, 40) == [OK, SUSPECT, SUSPECT, SUSPECT, OK]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_without_bounds_everything_is_believed(values: list[float]) -> None:
    assert set(judged(Plausibility(None, None, 1), *values)) <= {OK}


@given(st.lists(st.floats(-1e9, 1e9)), st.floats(0.1, 1e3))
def test_a_value_that_stays_is_believed_within_three_readings(values: list[float], rate: float) -> None:
    plausibility = Plausibility(None, rate, 60)
    judged(plausibility, *values)
    last = [plausibility.judge(5.0, 60.0 * (len(values) + after)) for after in range(3)]
    assert last[-1] is OK


@pytest.mark.parametrize("value", [0.0, 85.0])
def test_nothing_is_suspect_for_being_a_favourite_of_broken_sensors(value: float) -> None:
    assert Plausibility((-30, 100), None, 60).judge(value, 0) is OK
