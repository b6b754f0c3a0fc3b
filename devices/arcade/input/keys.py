"""What a game gets for each button: codes of <linux/input-event-codes.h>.

A gamepad as the kernel wants it (Documentation/input/gamepad.rst), or the keys that MAME and encoders like the I-PAC
take for granted.
"""

from collections.abc import Mapping
from types import MappingProxyType

from devices.arcade.buttons import Button

EV_SYN, EV_KEY, EV_ABS = 0, 1, 3
HAT_OF_AXIS = (0x11, 0x10)
"""ABS_HAT0Y for up and down, ABS_HAT0X for left and right."""

GAMEPAD_KEYS: Mapping[Button, int] = MappingProxyType({
    Button.SOUTH: 0x130,
    Button.EAST: 0x131,
    Button.NORTH: 0x133,
    Button.WEST: 0x134,
    Button.L1: 0x136,
    Button.R1: 0x137,
    Button.L2: 0x138,
    Button.R2: 0x139,
    Button.SELECT: 0x13A,
    Button.START: 0x13B,
    Button.MODE: 0x13C,
    Button.L3: 0x13D,
    Button.R3: 0x13E,
})  # fmt: skip
GAMEPAD_AXES: Mapping[int, tuple[int, int]] = MappingProxyType({
    0x00: (-32768, 32767),
    0x01: (-32768, 32767),
    0x10: (-1, 1),
    0x11: (-1, 1),
})  # fmt: skip
"""ABS_X and ABS_Y never move, but udev and some games see no gamepad without; the joystick is ABS_HAT0X and Y."""

_PLAYED = (Button.SOUTH, Button.EAST, Button.WEST, Button.NORTH, Button.L1, Button.R1)
"""MAME's buttons 1 to 6."""
_DIRECTIONS = (Button.UP, Button.DOWN, Button.LEFT, Button.RIGHT)


def _keys(directions: tuple[int, ...], played: tuple[int, ...], start: int, coin: int) -> dict[Button, int]:
    keys = dict(zip(_DIRECTIONS, directions, strict=True)) | dict(zip(_PLAYED, played, strict=False))
    return keys | {Button.START: start, Button.SELECT: coin}


KEYBOARD_KEYS: tuple[Mapping[Button, int], ...] = (
    _keys((103, 108, 105, 106), (29, 56, 57, 42, 44, 45), 2, 6) | {Button.MODE: 1},
    _keys((19, 33, 32, 34), (30, 31, 16, 17), 3, 7),
    _keys((23, 37, 36, 38), (97, 54, 28), 4, 8),
    _keys((72, 80, 75, 77), (82, 83, 96), 5, 9),
)
"""MAME's own keys for players 1 to 4; other buttons have none there:

- arrows, left Ctrl, left Alt, Space, left Shift, Z, X, 1 and 5; Escape leaves the game
- R F D G, A, S, Q, W, 2 and 6
- I K J L, right Ctrl, right Shift, Enter, 3 and 7
- 8 2 4 6, 0, full stop and Enter of the keypad, 4 and 8
"""
