"""What games see of the cabinet's gamepads stays the same, whatever happens to the cabinet."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.arcade.buttons import Button
from devices.arcade.input.identity import gamepad
from devices.arcade.input.owner import controls
from devices.board.board import InputIdentity
from tests.devices.arcade.input import sdl
from tests.devices.arcade.input.playing import PlayedOnThePi, killed, options
from tests.devices.arcade.input.sdl import Game, Pad, Udev, sdl_guid
from tests.waiting import until

GUIDS = (
    "03003496c0a100000100000001000000",
    "03007497c0a100000100000001000000",
    "0300b557c0a100000100000001000000",
    "0300f495c0a100000100000001000000",
)
"""FROZEN, as what they are made of: see `identity.py`."""
PADS = [Pad(f"ALCOLAB Player {player}", guid) for player, guid in enumerate(GUIDS[:2], start=1)]
RESTARTS = 50
KILLED_EVERY = 10
VIRTUAL = Path("/sys/devices/virtual/input")
MAPPING = {
    "a": "b0", "b": "b1", "x": "b2", "y": "b3", "leftshoulder": "b4", "rightshoulder": "b5",
    "lefttrigger": "b6", "righttrigger": "b7", "back": "b8", "start": "b9", "guide": "b10",
    "leftstick": "b11", "rightstick": "b12", "leftx": "a0", "lefty": "a1",
    "dpup": "h0.1", "dpright": "h0.2", "dpdown": "h0.4", "dpleft": "h0.8",
}  # fmt: skip
"""SDL's own, for buttons in the order of the kernel's numbers; nobody had to give it one."""
SCRAPPED = InputIdentity("Scrapped", 3, 1, 1, 1, keys=(30,), axes={})


def test_the_checksum_is_the_one_that_is_published() -> None:
    assert sdl.crc16(b"123456789") == 0xBB3D, "of CRC-16/ARC in the catalogue of parametrised CRC algorithms"


@pytest.mark.parametrize(("player", "guid"), [*enumerate(GUIDS, start=1)])
def test_sdl_knows_each_gamepad_by_the_guid_that_it_has_always_had(player: int, guid: str) -> None:
    pad = gamepad(player)
    assert sdl_guid(pad.name, pad.bus, pad.vendor, pad.product, pad.version) == guid


@pytest.fixture
def udev(pi: PlayedOnThePi) -> Iterator[Udev]:
    """It runs beside the cabinet."""
    del pi
    if not sdl.is_here():
        pytest.skip("needs: sudo apt-get install python3-pygame udev")
    with sdl.udevd() as running:
        yield running


@pytest.fixture
def game(udev: Udev) -> Iterator[Game]:
    """It asks udev."""
    del udev
    with sdl.game() as playing:
        yield playing


@pytest.mark.pi
@pytest.mark.timeout(600)
async def test_games_and_udev_see_the_same_gamepads_in_the_order_of_players_after_fifty_restarts(
    pi: PlayedOnThePi, udev: Udev, game: Game
) -> None:
    """The kernel's numbers pass 10 and 100 meanwhile, and udev tells of input10 before it tells of input9."""
    await scrap_until_the_next_ends_in_nine(pi)
    for restart in range(RESTARTS):
        async with controls(pi.board, options()) as found:
            await until(lambda: game.goes_on() == PADS)
            await until(lambda: udev.joysticks() == PADS)
            if restart % KILLED_EVERY == 0:
                assert game.starts() == PADS
                await killed(found)
                await until(lambda: game.goes_on() == game.starts() == udev.joysticks() == PADS)
        await until(lambda: game.goes_on() == [])


async def scrap_until_the_next_ends_in_nine(pi: PlayedOnThePi) -> None:
    """So that the numbers of two players are the last with as many digits and the first with one more."""
    number = 0
    while number % 10 != 8:
        async with pi.board.virtual_input(SCRAPPED):
            number = max(int(path.name.removeprefix("input")) for path in VIRTUAL.glob("input*"))


@pytest.mark.pi
async def test_sdl_takes_it_for_a_game_controller_and_knows_its_buttons_by_itself(
    pi: PlayedOnThePi, game: Game
) -> None:
    async with controls(pi.board, options()):
        assert game.starts() == PADS
        assert all(MAPPING.items() <= mapping.items() for mapping in game.mappings())
        pressed = {
            Button.SOUTH: "A",
            Button.EAST: "B",
            Button.START: "START",
            Button.SELECT: "BACK",
            Button.UP: "DPAD_UP",
            Button.RIGHT: "DPAD_RIGHT",
        }
        pi.press(*pressed)
        await until(lambda: game.held() == [sorted(pressed.values()), []])
        pi.release(*pressed)
        pi.press(Button.LEFT, player=2)
        await until(lambda: game.held() == [[], ["DPAD_LEFT"]])
