"""What the policy says of a door itself."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from devices.access.door.rights import Rights
from devices.board.clock import Moment
from devices.opening_hours import Day, Hours
from devices.policy.policy import Policy
from devices.policy.rules import DoorRules, MachineRules
from tests.devices.access.door.running import policy
from tests.devices.recording_port import RecordingPort

WEDNESDAYS = Hours(days=(Day.WED,), since=time(14, 0), until=time(18, 0))
HOLIDAY = date(2026, 3, 4)


class TimedPort(RecordingPort):
    """Knows the time that a test says."""

    def __init__(self, known: Policy | None, utc: datetime, *, trusted: bool = True) -> None:
        super().__init__("front-door")
        self.policy_now = known
        self.moment = Moment(utc, trusted)

    def now(self) -> Moment:
        return self.moment


def free_on_wednesdays(**changes: object) -> Policy:
    return policy(DoorRules(free=(WEDNESDAYS,), capacity=40, closed=(HOLIDAY,)), **changes)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("utc", "is_open"),
    [
        ("2026-02-25T12:59:59", False),
        ("2026-02-25T13:00:00", True),
        ("2026-02-25T16:59:59", True),
        ("2026-02-25T17:00:00", False),
        ("2026-02-26T14:00:00", False),
        ("2026-03-04T14:00:00", False),  # the holiday
        ("2026-04-01T12:00:00", True),  # summer time
        ("2026-04-01T16:00:00", False),
    ],
)
def test_it_is_open_to_all_by_the_houses_time(utc: str, is_open: bool) -> None:
    port = TimedPort(free_on_wednesdays(issued=at(utc)), at(utc))
    assert Rights(port, None).open_to_all() is is_open


def test_each_second_of_a_week_is_answered_as_if_asked_for_the_first_time() -> None:
    known = free_on_wednesdays(issued=at("2026-02-23T00:00:00"))
    port = TimedPort(known, at("2026-02-23T00:00:00"))
    asked_all_along = Rights(port, None)
    for _ in range(7 * 24 * 4):
        port.moment = Moment(port.moment.utc + timedelta(minutes=15))
        assert asked_all_along.open_to_all() is Rights(port, None).open_to_all()


def test_a_clock_that_is_set_back_is_believed_again() -> None:
    port = TimedPort(free_on_wednesdays(), at("2026-02-25T17:30:00"))
    rights = Rights(port, None)
    assert not rights.open_to_all()
    port.moment = Moment(at("2026-02-25T14:00:00"))
    assert rights.open_to_all()


def test_never_while_the_time_is_not_known() -> None:
    port = TimedPort(free_on_wednesdays(), at("2026-02-25T14:00:00"), trusted=False)
    assert not Rights(port, None).open_to_all()


def test_nor_by_a_policy_that_is_too_old_or_that_does_not_know_this_door() -> None:
    now = at("2026-02-25T14:00:00")
    old = TimedPort(free_on_wednesdays(issued=now - timedelta(days=8)), now)
    assert Rights(old, None).open_to_all()
    assert not Rights(old, 7 * 86400.0).open_to_all()
    assert not Rights(TimedPort(policy(places={}), now), None).open_to_all()
    assert not Rights(TimedPort(policy(places={"front-door": MachineRules()}), now), None).open_to_all()
    assert not Rights(TimedPort(None, now), None).open_to_all()


def test_the_lab_hears_what_it_decides_by() -> None:
    now = at("2026-02-25T14:00:00")
    port = TimedPort(free_on_wednesdays(issued=now - timedelta(minutes=44)), now)
    rights = Rights(port, 3600.0)
    expected = {"version": 7, "issued": "2026-02-25T13:16:00.000Z", "age_s": 2400, "too_old": False}
    assert (rights.state(), rights.capacity) == (expected, 40)
    port.moment = Moment(now, trusted=False)
    assert rights.state() == {**expected, "age_s": None}
    port.policy_now = None
    assert (rights.state(), rights.capacity) == (
        {"version": None, "issued": None, "age_s": None, "too_old": True},
        None,
    )
