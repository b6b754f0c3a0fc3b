"""What other doors to the same room tell."""

from datetime import UTC, datetime

from devices.access.door.access_point import Passage
from devices.access.door.elsewhere import COMING_MOST_S, Elsewhere
from devices.board.clock import Moment
from devices.device import Event, Json
from devices.policy.decision import Direction

ADA, BOB = "a" * 16, "b" * 16


def event(kind: str, **data: Json) -> Event:
    return Event(kind, data, Moment(datetime(2026, 3, 1, tzinfo=UTC)))


def granted(member: str, direction: str = "in") -> Event:
    return event("access", granted=True, member=member, direction=direction)


def test_who_is_let_in_there_is_coming_until_gone_through() -> None:
    doors = Elsewhere()
    assert doors.heard("back-door", granted(ADA), 0.0) is None
    assert doors.coming(1.0) == {ADA}
    assert doors.heard("back-door", event("passed", member=ADA, direction="in"), 2.0) == Passage(ADA, Direction.IN)
    assert doors.coming(3.0) == frozenset()


def test_or_until_that_door_is_locked_again() -> None:
    doors = Elsewhere()
    doors.heard("back-door", granted(ADA), 0.0)
    doors.heard("side-door", granted(BOB), 0.0)
    doors.heard("back-door", event("locked"), 5.0)
    assert doors.coming(6.0) == {BOB}


def test_or_for_a_minute_where_nobody_says_so() -> None:
    doors = Elsewhere()
    doors.heard("back-door", granted(ADA), 0.0)
    assert doors.coming(COMING_MOST_S) == frozenset()


def test_who_is_refused_or_leaves_is_not_coming_and_nonsense_is_nobody() -> None:
    doors = Elsewhere()
    for each in (
        event("access", granted=False, member=ADA, direction="in"),
        granted(ADA, "out"),
        event("access", granted=True, member=None, direction="in"),
        event("passed", member=ADA, direction="up"),
        event("passed"),
    ):
        assert doors.heard("back-door", each, 0.0) is None
    assert doors.coming(0.0) == frozenset()
