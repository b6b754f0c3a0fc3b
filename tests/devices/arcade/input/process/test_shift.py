from devices.arcade.input.process.codes import NOTHING
from devices.arcade.input.process.shift import Shift

START, SOUTH, EAST, MODE = 15, 4, 5, 16


def shift() -> Shift:
    return Shift(START, tuple(MODE if switch == SOUTH else NOTHING for switch in range(17)))


def test_without_it_a_switch_means_itself() -> None:
    assert shift().meaning(SOUTH, SOUTH) == SOUTH


def test_while_it_is_held_a_switch_means_another() -> None:
    held = shift()
    held.press()
    assert held.meaning(SOUTH, SOUTH) == MODE
    assert held.meaning(EAST, EAST) == EAST


def test_let_go_without_another_it_was_a_tap() -> None:
    tapped = shift()
    tapped.press()
    assert tapped.release() is True


def test_let_go_after_another_it_was_none() -> None:
    used = shift()
    used.press()
    used.used = True
    assert used.release() is False
    used.press()
    assert used.release() is True


def test_what_was_not_pressed_is_no_tap() -> None:
    assert shift().release() is False
