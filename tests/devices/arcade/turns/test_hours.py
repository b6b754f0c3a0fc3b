"""Opening and quiet hours in Amiens, whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.arcade.turns.hours import HouseHours
from devices.board.clock import Moment
from devices.errors import HardwareMissing
from devices.opening_hours import Day, Hours

AFTERNOON = Hours(since=time(14), until=time(18, 30))
NIGHT = Hours(days=(Day.SAT,), since=time(22), until=time(4))
SMALL_HOURS = Hours(since=time(2, 15), until=time(2, 45))


def utc(text: str) -> Moment:
    return Moment(datetime.fromisoformat(text).replace(tzinfo=UTC))


def is_open(hours: Hours, text: str) -> bool:
    return HouseHours([hours], []).at(utc(text)).is_open


def open_for(hours: Hours, since: str, until: str) -> timedelta:
    """How long it is open between two moments (UTC), looked at every minute."""
    house, minute = HouseHours([hours], []), timedelta(minutes=1)
    first, last = utc(since).utc, utc(until).utc
    moments = [first + n * minute for n in range(int((last - first) / minute))]
    return minute * sum(house.at(Moment(at)).is_open for at in moments)


def test_without_opening_hours_the_house_is_always_open() -> None:
    now = HouseHours([], []).at(utc("2026-03-02T03:00"))
    assert now.state() == {"open": True, "quiet": False, "next": None, "clock": "trusted"}


def test_it_opens_at_the_first_second_and_is_closed_at_the_last() -> None:
    moments = ["2026-03-02T12:59:59", "2026-03-02T13:00:00", "2026-03-02T17:29:59", "2026-03-02T17:30:00"]
    assert [is_open(AFTERNOON, at) for at in moments] == [False, True, True, False]


def test_the_same_hours_are_an_hour_earlier_by_universal_time_in_summer() -> None:
    assert [is_open(AFTERNOON, f"2026-07-01T{at}") for at in ("11:59", "12:00", "16:29", "16:30")] == [
        False,
        True,
        True,
        False,
    ]


def test_the_state_says_when_it_opens_or_closes_next() -> None:
    house = HouseHours([AFTERNOON], [])
    assert house.at(utc("2026-03-02T10:00")).state()["next"] == "14:00"
    assert house.at(utc("2026-03-02T14:00")).state()["next"] == "18:30"


def test_hours_that_touch_are_one() -> None:
    house = HouseHours([AFTERNOON, Hours(since=time(18, 30), until=time(20))], [])
    assert house.at(utc("2026-03-02T14:00")).state()["next"] == "20:00"


def test_hours_over_midnight_belong_to_the_day_on_which_they_begin() -> None:
    moments = ["2026-03-06T22:00", "2026-03-07T22:00", "2026-03-08T02:59", "2026-03-08T03:00", "2026-03-08T22:00"]
    assert [is_open(NIGHT, at) for at in moments] == [False, True, True, False, False]


def test_a_week_ahead_is_seen() -> None:
    house = HouseHours([NIGHT], [])
    changes = house.at(utc("2026-03-08T12:00")).changes
    assert changes is not None
    assert changes.isoformat() == "2026-03-14T22:00:00+01:00"


def test_the_night_of_spring_is_an_hour_shorter() -> None:
    assert open_for(NIGHT, "2026-03-28T18:00", "2026-03-29T08:00") == timedelta(hours=5)


def test_the_night_of_autumn_is_an_hour_longer() -> None:
    assert open_for(NIGHT, "2026-10-24T18:00", "2026-10-25T08:00") == timedelta(hours=7)


def test_a_time_that_the_clocks_skip_comes_at_the_jump() -> None:
    late = Hours(since=time(2, 30), until=time(4))
    assert [is_open(late, at) for at in ("2026-03-29T00:59:59", "2026-03-29T01:00:00")] == [False, True]
    assert open_for(SMALL_HOURS, "2026-03-28T18:00", "2026-03-29T08:00") == timedelta(0)


def test_a_time_that_the_clocks_show_twice_counts_the_first_time() -> None:
    moments = ["2026-10-25T00:15", "2026-10-25T00:44", "2026-10-25T00:45", "2026-10-25T01:20"]
    assert [is_open(SMALL_HOURS, at) for at in moments] == [True, True, False, False]
    assert open_for(SMALL_HOURS, "2026-10-24T18:00", "2026-10-25T08:00") == timedelta(minutes=30)


def test_quiet_hours_are_apart_from_opening_hours() -> None:
    now = HouseHours([AFTERNOON], [Hours(since=time(16), until=time(10))]).at(utc("2026-03-02T15:30"))
    assert now.state() == {"open": True, "quiet": True, "next": "18:30", "clock": "trusted"}


def test_without_a_trusted_clock_the_house_is_open_and_quiet_and_says_so() -> None:
    moment = Moment(datetime(1970, 1, 1, tzinfo=UTC), trusted=False)
    now = HouseHours([AFTERNOON], [NIGHT]).at(moment)
    assert now.state() == {"open": True, "quiet": True, "next": None, "clock": "untrusted"}
    assert now.today is None


def test_a_house_without_quiet_hours_is_not_quiet_for_want_of_a_clock() -> None:
    assert not HouseHours([AFTERNOON], []).at(Moment(datetime(1970, 1, 1, tzinfo=UTC), trusted=False)).quiet


def test_the_date_is_the_local_one() -> None:
    assert HouseHours([], []).at(utc("2026-06-30T22:30")).today == date(2026, 7, 1)


def test_it_wants_to_be_asked_again_at_the_next_change_and_at_least_every_minute() -> None:
    house = HouseHours([AFTERNOON], [Hours(since=time(16), until=time(17))])
    times = ["2026-03-02T10:00:00", "2026-03-02T12:59:50", "2026-03-02T14:59:45"]
    assert [house.at(utc(at)).look_again_s for at in times] == [60.0, 10.0, 15.0]


def test_a_zone_that_this_pi_does_not_know_tells_what_to_install() -> None:
    with pytest.raises(HardwareMissing, match="apt install tzdata"):
        HouseHours([], [], zone="Europe/Amiens")


HOURS = st.builds(
    lambda days, since, until: Hours(
        days=tuple(days), since=since, until=until if until != since else time(23, 59, 59)
    ),
    st.lists(st.sampled_from(Day), max_size=7),
    st.times(),
    st.times(),
)


SECONDS = st.floats(0, 4e9)
"""From 1970 to 2096."""


@given(st.lists(HOURS, max_size=3), st.lists(HOURS, max_size=3), SECONDS)
def test_whatever_the_clock_shows_there_is_an_answer_and_it_changes_when_it_says(
    opening: list[Hours], quiet: list[Hours], clock_s: float
) -> None:
    house, at = HouseHours(opening, quiet), datetime.fromtimestamp(clock_s, UTC)
    now = house.at(Moment(at))
    assert 0 < now.look_again_s <= 60
    if now.changes is not None:
        then = now.changes.astimezone(UTC)
        assert house.at(Moment(then)).is_open is not now.is_open
        assert house.at(Moment(then - (then - at) / 2)).is_open is now.is_open
