"""What is written here has been promised to every game that anybody has ever set up: see `identity.py`."""

import pytest

from devices.arcade.buttons import Button
from devices.arcade.input.identity import gamepad, keyboard
from devices.arcade.input.keys import GAMEPAD_KEYS, KEYBOARD_KEYS


@pytest.mark.parametrize("player", [1, 2, 3, 4])
def test_a_gamepad_is_what_it_has_always_been(player: int) -> None:
    identity = gamepad(player)
    assert identity.name == f"ALCOLAB Player {player}"
    assert (identity.bus, identity.vendor, identity.product, identity.version) == (0x0003, 0xA1C0, 0x0001, 0x0001)
    assert identity.keys == (
        *(0x130, 0x131, 0x133, 0x134, 0x136, 0x137, 0x138, 0x139, 0x13A, 0x13B, 0x13C, 0x13D, 0x13E),
    )
    assert identity.axes == {0x00: (-32768, 32767), 0x01: (-32768, 32767), 0x10: (-1, 1), 0x11: (-1, 1)}


def test_the_keyboard_is_what_it_has_always_been() -> None:
    identity = keyboard()
    assert identity.name == "ALCOLAB Keyboard"
    assert (identity.bus, identity.vendor, identity.product, identity.version) == (0x0003, 0xA1C0, 0x0002, 0x0001)
    assert identity.axes == {}


def test_a_gamepad_has_every_button_and_a_hat_for_the_directions() -> None:
    assert set(Button) - GAMEPAD_KEYS.keys() == {Button.UP, Button.DOWN, Button.LEFT, Button.RIGHT}


def test_no_key_is_two_buttons() -> None:
    keys = [key for of_player in KEYBOARD_KEYS for key in of_player.values()]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("player", range(4))
def test_every_player_has_directions_start_coin_and_buttons_on_the_keyboard(player: int) -> None:
    wanted = {Button.UP, Button.DOWN, Button.LEFT, Button.RIGHT, Button.START, Button.SELECT, Button.SOUTH, Button.EAST}
    assert wanted <= KEYBOARD_KEYS[player].keys()
