import pytest

from devices.arcade.buttons import Button, Seen
from devices.arcade.input.keys import EV_ABS, EV_KEY, GAMEPAD_KEYS, KEYBOARD_KEYS
from devices.arcade.input.process.codes import BUTTONS, DIRECTIONS, NOTHING
from devices.arcade.input.tables import NUMBERS, SYN, Outputs, coupled, frame, released, tables
from devices.arcade.options import Profile, Shift
from devices.errors import BadConfig
from tests.devices.arcade.input.game import Game

PAD, KEYBOARD = 7, 8
ALL = tuple(range(BUTTONS))
NONE = (NOTHING,) * BUTTONS
UP, DOWN, LEFT, RIGHT, SOUTH, EAST, START, SELECT = (
    NUMBERS[Button(name)] for name in ("up", "down", "left", "right", "south", "east", "start", "select")
)


def test_the_process_knows_as_many_buttons_as_there_are_and_the_directions_first() -> None:
    assert len(Button) == BUTTONS
    assert [NUMBERS[button] for button in (Button.UP, Button.DOWN, Button.LEFT, Button.RIGHT)] == list(
        range(DIRECTIONS)
    )


def test_a_frame_ends_with_a_report_and_an_empty_one_is_nothing() -> None:
    assert frame((EV_KEY, 304, 1)).endswith(SYN)
    assert len(frame((EV_KEY, 304, 1))) == 2 * len(SYN)
    assert frame() == b""


def test_a_profile_of_keys_is_written_to_the_keyboard_and_others_to_the_gamepad() -> None:
    outputs = Outputs(PAD, KEYBOARD)
    assert tables(0, ALL_BUTTONS, outputs, Profile(), None)["device"] == PAD
    assert tables(0, ALL_BUTTONS, outputs, Profile(seen=Seen.KEYBOARD), None)["device"] == KEYBOARD


def test_keys_without_a_keyboard_are_refused_with_what_to_do() -> None:
    with pytest.raises(BadConfig, match="none of its profiles"):
        tables(0, ALL_BUTTONS, Outputs(PAD, None), Profile(seen=Seen.KEYBOARD), None)


ALL_BUTTONS = tuple(Button)


@pytest.mark.parametrize("player", range(4))
def test_everything_is_released_on_both_devices(player: int) -> None:
    pad, keyboard = Game(), Game()
    pad.take(frame(*((EV_KEY, key, 1) for key in GAMEPAD_KEYS.values()), (EV_ABS, 0x10, -1), (EV_ABS, 0x11, 1)))
    keyboard.take(frame(*((EV_KEY, key, 1) for key in KEYBOARD_KEYS[player].values())))
    for device, frames in released(player, Outputs(PAD, KEYBOARD)):
        {PAD: pad, KEYBOARD: keyboard}[device].take(frames)
    assert pad.is_quiet
    assert keyboard.is_quiet


def test_a_shift_switch_that_is_not_wired_is_none() -> None:
    wired = tables(0, {Button.SOUTH}, Outputs(PAD, None), Profile(), Shift(switch=Button.START))
    assert wired["shift"] == NOTHING


def test_opposite_directions_are_coupled_and_plain_buttons_are_not() -> None:
    found = coupled(ALL, ALL, NONE, NOTHING)
    assert found[UP] == (DOWN,)
    assert found[RIGHT] == (LEFT,)
    assert found[SOUTH] == ()


def test_switches_of_one_button_are_coupled() -> None:
    plain = tuple(EAST if switch == SOUTH else switch for switch in ALL)
    found = coupled(ALL, plain, NONE, NOTHING)
    assert found[SOUTH] == (EAST,)
    assert found[EAST] == (SOUTH,)


def test_the_shift_is_coupled_to_all_that_are_wired() -> None:
    assert coupled((UP, SOUTH, START), ALL, NONE, START)[START] == (UP, SOUTH)
