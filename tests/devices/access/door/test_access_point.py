"""How a door behaves: released, locked again, forced, held open, let go."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from devices.access.door.access_point import (
    AccessPoint,
    Alarm,
    By,
    Closed,
    FireAlarm,
    Forced,
    Happening,
    HeldOpen,
    Locked,
    Mode,
    Opened,
    Passage,
    Timing,
    Unlocked,
    Warned,
)
from devices.access.door.options import Relock
from devices.policy.decision import Direction

ADA, BOB = Passage("a" * 16, Direction.IN), Passage("b" * 16, Direction.OUT)


def closed_door(**timing: object) -> AccessPoint:
    door = AccessPoint(Timing(**timing))  # type: ignore[arg-type] # a test's own changes
    assert door.contact(False, 0.0) == ()
    assert door.exit(False, 0.0) == ()
    return door


def test_a_door_is_locked_from_the_start() -> None:
    door = AccessPoint(Timing())
    assert (door.locked, door.released, door.open, door.mode, door.due_s) == (True, False, None, Mode.NORMAL, None)


def test_a_grant_unlocks_for_its_time() -> None:
    door = closed_door(unlock_s=5.0)
    assert door.grant(By.BADGE, 10.0, ADA) == (Unlocked(By.BADGE, ADA.member),)
    assert (door.released, door.due_s) == (True, 15.0)
    assert door.advance(14.9) == ()
    assert door.advance(15.0) == (Locked(),)
    assert door.locked


def test_whoever_is_granted_has_passed_when_the_door_opens() -> None:
    door = closed_door()
    door.grant(By.BADGE, 10.0, ADA)
    door.grant(By.BADGE, 11.0, BOB)
    assert door.contact(True, 12.0) == (Opened(), ADA, BOB)


def test_whoever_does_not_open_it_has_not_passed() -> None:
    door = closed_door(unlock_s=5.0)
    door.grant(By.BADGE, 10.0, ADA)
    door.advance(15.0)
    door.grant(By.BADGE, 20.0, BOB)
    assert door.contact(True, 21.0) == (Opened(), BOB)


def test_a_badge_that_is_shown_twice_passes_once() -> None:
    door = closed_door()
    door.grant(By.BADGE, 10.0, ADA)
    door.grant(By.BADGE, 11.0, ADA)
    assert door.contact(True, 12.0) == (Opened(), ADA)


def test_without_a_contact_a_grant_is_a_passage() -> None:
    door = AccessPoint(Timing())
    assert door.grant(By.BADGE, 0.0, ADA) == (Unlocked(By.BADGE, ADA.member), ADA)


def test_through_a_door_that_is_open_a_grant_is_a_passage() -> None:
    door = closed_door()
    door.grant(By.BADGE, 0.0, ADA)
    door.contact(True, 1.0)
    assert door.grant(By.BADGE, 2.0, BOB) == (BOB,)


def test_closed_again_it_is_locked_again() -> None:
    door = closed_door()
    door.grant(By.BADGE, 0.0, ADA)
    door.contact(True, 1.0)
    assert not door.locked
    assert door.contact(False, 2.0) == (Closed(), Locked())


def test_it_may_be_locked_as_soon_as_it_was_opened() -> None:
    door = closed_door(relock=Relock.OPENED)
    door.grant(By.BADGE, 0.0, ADA)
    assert door.contact(True, 1.0) == (Opened(), ADA, Locked())
    assert door.contact(False, 2.0) == (Closed(),)


def test_closing_behind_somebody_does_not_lock_out_who_was_granted_meanwhile() -> None:
    door = closed_door()
    door.grant(By.BADGE, 0.0, ADA)
    door.contact(True, 1.0)
    door.grant(By.BADGE, 2.0, BOB)
    assert door.contact(False, 2.1) == (Closed(),)
    assert door.contact(True, 3.0) == (Opened(),)
    assert door.alarm is None


def test_opened_without_a_release_it_is_forced_until_it_is_closed() -> None:
    door = closed_door()
    assert door.contact(True, 10.0) == (Opened(), Forced())
    assert door.advance(1000.0) == ()
    assert (door.alarm, door.due_s) == (Alarm.FORCED, None)
    assert door.contact(False, 1001.0) == (Closed(),)
    assert door.alarm is None


def test_who_pulls_at_the_last_moment_has_not_forced_it() -> None:
    """Contact and loop tell it a little later."""
    door = closed_door(unlock_s=5.0)
    door.grant(By.BADGE, 10.0, ADA)
    assert door.advance(15.0) == (Locked(),)
    assert door.contact(True, 15.2) == (Opened(), ADA)
    assert door.alarm is None


def test_a_second_too_late_is_forced() -> None:
    door = closed_door(unlock_s=5.0)
    door.grant(By.BADGE, 10.0, ADA)
    assert door.contact(True, 15.5) == (Locked(), Opened(), Forced())


def test_a_door_that_stands_open_at_the_start_is_not_forced_and_soon_held_open() -> None:
    door = AccessPoint(Timing(held_open_s=30.0, warning_s=10.0))
    assert door.contact(True, 100.0) == ()
    assert door.advance(130.0) == (Warned(), HeldOpen(30.0))


def test_held_open_it_warns_and_then_raises_the_alarm_once() -> None:
    door = closed_door(held_open_s=30.0, warning_s=10.0)
    door.grant(By.BADGE, 0.0, ADA)
    door.contact(True, 1.0)
    assert door.advance(5.0) == (Locked(),)
    assert door.due_s == 21.0
    assert door.advance(21.0) == (Warned(),)
    assert (door.warning, door.alarm, door.due_s) == (True, None, 31.0)
    assert door.advance(31.0) == (HeldOpen(30.0),)
    assert door.alarm is Alarm.HELD_OPEN
    assert door.advance(500.0) == ()
    assert door.contact(False, 501.0) == (Closed(),)
    assert not door.warning


def test_a_warning_can_be_left_out() -> None:
    door = closed_door(held_open_s=30.0, warning_s=0.0)
    door.grant(By.BADGE, 0.0)
    door.contact(True, 0.0)
    assert door.advance(30.0) == (Locked(), HeldOpen(30.0))


def test_who_follows_through_the_open_door_has_as_long() -> None:
    door = closed_door(held_open_s=30.0, warning_s=10.0)
    door.grant(By.BADGE, 0.0, ADA)
    door.contact(True, 1.0)
    door.grant(By.BADGE, 25.0, BOB)
    assert door.advance(31.0) == (Locked(),)
    assert door.alarm is None


def test_the_exit_button_unlocks_and_nobody_is_named() -> None:
    door = closed_door(unlock_s=5.0)
    assert door.exit(True, 10.0) == (Unlocked(By.EXIT),)
    assert door.exit(True, 11.0) == ()
    assert door.contact(True, 12.0) == (Opened(),)
    assert door.alarm is None


def test_a_button_that_is_stuck_neither_keeps_it_unlocked_nor_hides_who_forces_it() -> None:
    door = closed_door(unlock_s=5.0)
    door.exit(True, 10.0)
    assert door.advance(15.0) == (Locked(),)
    assert not door.exit_stuck(200.0)
    assert door.exit_stuck(310.0)
    assert door.contact(True, 320.0) == (Opened(), Forced())
    door.exit(False, 330.0)
    assert not door.exit_stuck(700.0)


def test_a_detector_that_sees_people_for_long_is_not_stuck() -> None:
    door = closed_door(exit_unlocks=False)
    door.exit(True, 0.0)
    assert not door.exit_stuck(1000.0)
    assert door.contact(True, 1000.0) == (Opened(),)


def test_an_exit_that_unlocks_by_its_wiring_only_prevents_the_alarm() -> None:
    door = closed_door(unlock_s=5.0, exit_unlocks=False)
    assert door.exit(True, 10.0) == ()
    assert door.locked
    assert door.contact(True, 14.0) == (Opened(),)
    assert door.alarm is None


def test_behind_who_has_left_that_way_it_is_forced_again() -> None:
    door = closed_door(unlock_s=5.0, exit_unlocks=False)
    door.exit(True, 10.0)
    door.exit(False, 11.0)
    door.contact(True, 12.0)
    door.contact(False, 13.0)
    assert door.contact(True, 14.0) == (Opened(), Forced())


def test_a_button_that_is_stuck_at_the_start_unlocks_nothing() -> None:
    door = AccessPoint(Timing())
    assert door.exit(True, 0.0) == ()
    door.exit(False, 1.0)
    assert door.exit(True, 2.0) == (Unlocked(By.EXIT),)


def test_before_it_has_said_anything_the_exit_prevents_nothing() -> None:
    door = closed_door(exit_unlocks=False)
    door.exit(False, 0.0)
    assert Forced() in door.contact(True, 1.0)


def test_in_its_free_hours_it_is_unlocked_and_no_alarm_is_raised() -> None:
    door = closed_door()
    assert door.free(True, 0.0) == (Unlocked(By.HOURS),)
    assert door.mode is Mode.FREE
    assert door.contact(True, 1.0) == (Opened(),)
    assert door.advance(3600.0) == ()
    assert door.free(False, 3601.0) == (Locked(),)
    assert door.advance(3631.0) == (Warned(), HeldOpen(30.0))


def test_the_free_hours_end_an_alarm() -> None:
    door = closed_door()
    door.contact(True, 0.0)
    door.free(True, 1.0)
    assert door.alarm is None


def test_fire_is_observed_and_not_acted_upon() -> None:
    door = closed_door()
    assert door.fire(True, 0.0) == (FireAlarm(active=True), Unlocked(By.FIRE))
    assert (door.mode, door.locked, door.released) == (Mode.FIRE, False, False)
    assert door.contact(True, 1.0) == (Opened(),)
    assert door.advance(3600.0) == ()
    assert door.fire(False, 3601.0) == (FireAlarm(active=False), Locked())


def test_a_contact_that_is_lost_says_nothing_and_badges_still_open() -> None:
    door = closed_door()
    door.contact(True, 0.0)
    assert door.contact_lost(1.0) == ()
    assert (door.open, door.alarm, door.due_s) == (None, None, None)
    assert door.grant(By.BADGE, 2.0, ADA) == (Unlocked(By.BADGE, ADA.member), ADA)


@pytest.mark.parametrize("by", By)
def test_whatever_unlocks_it_is_named(by: By) -> None:
    assert closed_door().grant(by, 0.0) == (Unlocked(by),)


class AnyDoor(RuleBasedStateMachine):
    """Whatever happens, in whatever order, however late somebody looks."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.timing = Timing(unlock_s=5.0, held_open_s=30.0, warning_s=10.0)
        self.door = AccessPoint(self.timing)
        self.fired = self.freed = False
        self.said_locked = True
        self.granted = self.passed = 0

    def took(self, happened: tuple[Happening, ...]) -> None:
        for each in happened:
            match each:
                case Unlocked():
                    assert self.said_locked, "unlocked twice"
                    self.said_locked = False
                case Locked():
                    assert not self.said_locked, "locked twice"
                    self.said_locked = True
                case Forced():
                    assert self.said_locked, "forced while unlocked"
                case Passage():
                    self.passed += 1

    @rule(seconds=st.floats(0, 40))
    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        self.took(self.door.advance(self.now_s))

    @rule(seconds=st.floats(0, 40))
    def look_late(self, seconds: float) -> None:
        self.now_s += seconds

    @rule(passage=st.sampled_from([ADA, BOB, None]))
    def grant(self, passage: Passage | None) -> None:
        self.granted += passage is not None
        self.took(self.door.grant(By.BADGE if passage else By.PAGE, self.now_s, passage))
        assert self.door.released

    @rule(is_open=st.booleans())
    def contact(self, is_open: bool) -> None:
        self.took(self.door.contact(is_open, self.now_s))

    @rule()
    def lose_contact(self) -> None:
        self.took(self.door.contact_lost(self.now_s))

    @rule(pressed=st.booleans())
    def exit(self, pressed: bool) -> None:
        self.took(self.door.exit(pressed, self.now_s))

    @rule(free=st.booleans())
    def free(self, free: bool) -> None:
        self.freed = free
        self.took(self.door.free(free, self.now_s))

    @rule(active=st.booleans())
    def fire(self, active: bool) -> None:
        self.fired = active
        self.took(self.door.fire(active, self.now_s))

    @precondition(lambda self: not self.freed)
    @rule()
    def long_silence_locks(self) -> None:
        self.now_s += self.timing.unlock_s
        self.took(self.door.advance(self.now_s))
        assert not self.door.released

    @invariant()
    def what_is_said_is_so(self) -> None:
        assert self.said_locked is self.door.locked

    @invariant()
    def fire_alone_moves_no_strike(self) -> None:
        assert not (self.door.locked and self.door.released)
        assert self.door.locked is not (self.door.released or self.fired)

    @invariant()
    def an_alarm_needs_an_open_door_in_normal_times(self) -> None:
        if self.door.alarm or self.door.warning:
            assert self.door.open
            assert self.door.mode is Mode.NORMAL

    @invariant()
    def nobody_passes_without_a_grant(self) -> None:
        assert self.passed <= self.granted

    @invariant()
    def the_free_hours_unlock(self) -> None:
        assert self.door.released or not self.freed

    @invariant()
    def time_is_never_due_for_ever(self) -> None:
        """Else whoever keeps time would spin."""
        if (due_s := self.door.due_s) is not None and due_s <= self.now_s:
            self.took(self.door.advance(self.now_s))
            after = self.door.due_s
            assert after is None or after > self.now_s


TestAnyDoor = AnyDoor.TestCase
TestAnyDoor.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
