from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.board.clock import Moment
from hub.policy.versions import MOST, next_version

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
UNTRUSTED = Moment(datetime(1970, 1, 1, 0, 2, tzinfo=UTC), trusted=False)

versions = st.integers(0, MOST - 1)
moments = st.builds(Moment, st.datetimes(datetime(1970, 1, 2), timezones=st.just(UTC)), st.booleans())  # noqa: DTZ001 - given aware


@given(st.none() | versions, st.lists(versions), moments)
def test_it_rises_above_all_that_is_known_whatever_the_clock_says(
    last: int | None, heard: list[int], now: Moment
) -> None:
    assert next_version(last, heard, now) > max([last or 0, *heard])


@given(versions, moments)
def test_two_in_a_row_differ_even_when_the_clock_jumps_back(last: int, now: Moment) -> None:
    assert next_version(next_version(last, (), now), (), UNTRUSTED) > next_version(last, (), now)


def test_a_restored_hub_rises_above_nodes_that_it_has_not_heard_when_it_knows_the_time() -> None:
    before_the_loss = next_version(1, (), Moment(NOON))
    assert next_version(1, (), Moment(NOON.replace(day=2))) > before_the_loss


def test_a_clock_that_cannot_be_believed_is_not_asked() -> None:
    assert next_version(41, (3, 2), Moment(NOON, trusted=False)) == 42


@pytest.mark.parametrize("nonsense", [-1, MOST, 2**64])
def test_a_number_that_no_hub_gave_does_not_use_up_those_that_are_left(nonsense: int) -> None:
    assert next_version(41, (nonsense,), UNTRUSTED) == 42
