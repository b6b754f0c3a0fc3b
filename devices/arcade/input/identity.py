"""How games know the cabinet's input devices. FROZEN for ever: games keep what people have set up under these words.

SDL's GUID is made of bus, name (its CRC-16), vendor, product and version; RetroArch goes by name, vendor and product;
EmulationStation by SDL's GUID. One that changes is a gamepad that nobody has set up. The bus says USB, as of any pad.
The vendor 0xA1C0 is no USB manufacturer's, and no list of pads has it; a number of pid.codes (0x1209) would be a
promise to USB hosts, and there is no USB here.
Every gamepad has every button, wired or not: games number buttons by what there is.
"""

from devices.arcade.input.keys import GAMEPAD_AXES, GAMEPAD_KEYS, KEYBOARD_KEYS
from devices.board.board import InputIdentity

BUS_USB = 0x03
VENDOR = 0xA1C0
GAMEPAD, KEYBOARD = 0x0001, 0x0002
VERSION = 0x0001


def gamepad(player: int) -> InputIdentity:
    """The gamepad of a player, from 1."""
    return InputIdentity(
        name=f"ALCOLAB Player {player}",
        bus=BUS_USB,
        vendor=VENDOR,
        product=GAMEPAD,
        version=VERSION,
        keys=tuple(sorted(GAMEPAD_KEYS.values())),
        axes=GAMEPAD_AXES,
    )


def keyboard() -> InputIdentity:
    """The keyboard of all players, for profiles that want keys."""
    keys = {key for of_player in KEYBOARD_KEYS for key in of_player.values()}
    return InputIdentity("ALCOLAB Keyboard", BUS_USB, VENDOR, KEYBOARD, VERSION, tuple(sorted(keys)), {})
