from devices.arcade.input.process.codes import NEVER_NS
from devices.arcade.input.process.turbo import Turbo

SOUTH, EAST = 4, 5


def test_nothing_is_due_while_nothing_is_held() -> None:
    assert Turbo().due_ns() == NEVER_NS


def test_a_held_switch_goes_up_and_down_in_turn() -> None:
    turbo = Turbo()
    turbo.start(SOUTH, half_ns=50, now_ns=0)
    assert [turbo.changes(now_ns) for now_ns in (49, 50, 99, 100, 150)] == [
        [],
        [(SOUTH, False)],
        [],
        [(SOUTH, True)],
        [(SOUTH, False)],
    ]


def test_switches_fire_each_at_its_own_rate() -> None:
    turbo = Turbo()
    turbo.start(SOUTH, half_ns=50, now_ns=0)
    turbo.start(EAST, half_ns=30, now_ns=0)
    assert turbo.due_ns() == 30
    assert turbo.changes(50) == [(SOUTH, False), (EAST, False)]


def test_when_it_is_let_go_it_says_whether_it_is_up_already() -> None:
    turbo = Turbo()
    turbo.start(SOUTH, half_ns=50, now_ns=0)
    turbo.start(EAST, half_ns=50, now_ns=0)
    assert turbo.stop(EAST) is False
    turbo.changes(50)
    assert turbo.stop(SOUTH) is True
    assert turbo.due_ns() == NEVER_NS


def test_a_switch_that_does_not_fire_is_down() -> None:
    assert Turbo().stop(SOUTH) is False


def test_what_comes_late_is_not_made_up_for() -> None:
    turbo = Turbo()
    turbo.start(SOUTH, half_ns=50, now_ns=0)
    assert turbo.changes(1000) == [(SOUTH, False)]
    assert turbo.due_ns() == 1050
