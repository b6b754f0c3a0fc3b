"""A reader that types, from the key to the event."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from devices.access.badge_reader import BadgeReader
from devices.access.card import Card
from devices.access.options import BadgeReaderOptions, KeyboardReader, TextFormat
from devices.access.site_key import SiteKey
from devices.board.board import Claim
from devices.board.keyboard import Keyboard
from devices.board.keys import PLAIN
from devices.board.pi import PiBoard
from devices.board.world import World
from devices.errors import LineBusy
from tests.devices.access.running import AWAY_S, Running, running
from tests.virtual_pi.uhid_keyboard import UhidKeyboard
from tests.virtual_pi.uinput_keyboard import UinputKeyboard
from tests.waiting import until

NAME = "Sycreader RFID Technology Co., Ltd SYC ID&IC USB Reader"
ADA, BOB = Card.numbered(0xE3086CED), Card.numbered(0xE3086CEE)
KEY = SiteKey(bytes(32))
USB_S = 0.01
"""A keyboard is asked so often; without these pauses the kernel's queue would be full of a single card."""


def decimal(card: Card) -> str:
    return f"{int(card.number, 16):010d}"


@pytest.fixture(autouse=True)
def _quickly_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.access.badge_reader.AGAIN_S", 0.05)


@pytest.fixture
def world(tmp_path: Path) -> World:
    (tmp_path / "site.key").write_text("00" * 32)
    return World(tmp_path / "world")


@pytest.fixture
def keyboard(world: World) -> Keyboard:
    return world.keyboard(NAME)


def reading(
    folder: Path, world: World, text_format: TextFormat = TextFormat.DECIMAL, *, last_byte_first: bool = False
) -> AbstractAsyncContextManager[Running]:
    return running(folder, options(folder, text_format, last_byte_first=last_byte_first), world=world)


def options(
    folder: Path, text_format: TextFormat = TextFormat.DECIMAL, *, last_byte_first: bool = False
) -> BadgeReaderOptions:
    reader = KeyboardReader(type="keyboard", device=NAME, format=text_format, reversed=last_byte_first, away=AWAY_S)
    return BadgeReaderOptions(reader=reader, key_file=str(folder / "site.key"))


async def test_a_badge_is_an_event_with_its_credential_and_strength(
    tmp_path: Path, world: World, keyboard: Keyboard
) -> None:
    async with reading(tmp_path, world) as reader:
        keyboard.type(f"{decimal(ADA)}\n")
        await reader.badges(1)
        (event,) = reader.port.events
    assert (event.kind, event.data) == ("badge", {"credential": KEY.credential(ADA), "strength": "uid"})


@pytest.mark.parametrize("typed", ["E3086CED\n", "e3086ced\n", "00E3086CED\n"])
async def test_hex_digits_are_the_same_card(tmp_path: Path, world: World, keyboard: Keyboard, typed: str) -> None:
    async with reading(tmp_path, world, TextFormat.HEX) as reader:
        keyboard.type(typed)
        assert await reader.badges(1) == [KEY.credential(ADA)]


async def test_so_is_what_is_typed_with_the_last_byte_first(tmp_path: Path, world: World, keyboard: Keyboard) -> None:
    async with reading(tmp_path, world, TextFormat.HEX, last_byte_first=True) as reader:
        keyboard.type("ED6C08E3\n")
        assert await reader.badges(1) == [KEY.credential(ADA)]


async def test_a_reader_that_types_no_enter_ends_with_a_pause(tmp_path: Path, world: World, keyboard: Keyboard) -> None:
    async with reading(tmp_path, world) as reader:
        for count, card in enumerate((ADA, BOB), 1):
            keyboard.type(decimal(card))
            await reader.badges(count)
        assert await reader.badges(2) == [KEY.credential(ADA), KEY.credential(BOB)]


async def test_two_cards_at_once_are_two(tmp_path: Path, world: World, keyboard: Keyboard) -> None:
    async with reading(tmp_path, world) as reader:
        keyboard.type(f"{decimal(ADA)}\n{decimal(BOB)}\n{decimal(ADA)}\n")
        assert await reader.badges(2) == [KEY.credential(ADA), KEY.credential(BOB)]


@pytest.mark.parametrize(
    ("play", "said"),
    [
        (lambda keyboard: keyboard.type("E3086CED\n"), "8 to 17 decimal digits"),
        (lambda keyboard: keyboard.type("1234567\n"), "8 to 17 decimal digits"),
        (lambda keyboard: keyboard.type(f"{decimal(ADA) * 60}\n"), "lost keys"),
        (lambda keyboard: keyboard.press(103), "no text"),
    ],
)
async def test_what_is_no_card_is_a_problem_until_one_comes_and_is_not_repeated(
    tmp_path: Path,
    world: World,
    keyboard: Keyboard,
    play: Callable[[Keyboard], None],
    said: str,
) -> None:
    async with reading(tmp_path, world) as reader:
        play(keyboard)
        problem = await reader.problem()
        assert said in problem
        for form in ("E3086CED", "1234567", decimal(ADA)):
            assert form not in problem
        keyboard.type(f"{decimal(BOB)}\n")
        assert await reader.badges(1) == [KEY.credential(BOB)]
        assert reader.port.states["problems"] == {}


async def test_unplugged_it_is_offline_and_comes_back_by_itself(
    tmp_path: Path, world: World, keyboard: Keyboard
) -> None:
    async with reading(tmp_path, world) as reader:
        keyboard.type(decimal(ADA)[:4])
        keyboard.unplug()
        assert NAME in await reader.until_offline()
        keyboard.plug()
        await reader.until_online()
        keyboard.type(f"{decimal(BOB)}\n")
        assert await reader.badges(1) == [KEY.credential(BOB)]


async def test_nobody_else_gets_its_keys(tmp_path: Path, world: World, keyboard: Keyboard) -> None:
    async with reading(tmp_path, world):
        with pytest.raises(LineBusy), keyboard.held("a login prompt"):
            pass
    assert list(BadgeReader.claims(options(tmp_path))) == [Claim("input", NAME)]


async def test_a_reader_that_is_not_there_is_said_with_those_that_are(tmp_path: Path, world: World) -> None:
    world.keyboard("another")
    async with reading(tmp_path, world) as reader:
        assert "there is: another" in await reader.until_offline()


@pytest.mark.pi
async def test_a_pis_own_usb_reader_is_read_unplugged_and_read_again(tmp_path: Path, world: World) -> None:
    """By the HID core of a real kernel: a keyboard of uhid, grabbed."""
    async with running(tmp_path, options(tmp_path), world=world, board=PiBoard(tmp_path / "state")) as reader:
        for count, card in enumerate((ADA, BOB), 1):
            with UhidKeyboard(NAME) as keyboard:
                await until(keyboard.is_there)
                await reader.until_online()
                for digit in f"{decimal(card)}\n":
                    keyboard.type(digit)
                    await asyncio.sleep(USB_S)
                await reader.badges(count)
            await reader.until_offline()
        assert await reader.badges(2) == [KEY.credential(ADA), KEY.credential(BOB)]


@pytest.mark.pi
async def test_capital_digits_and_losses_of_a_real_kernel(tmp_path: Path, world: World) -> None:
    keyboard = UinputKeyboard(NAME)
    keyboard.plug()
    try:
        hexadecimal = options(tmp_path, TextFormat.HEX)
        async with running(tmp_path, hexadecimal, world=world, board=PiBoard(tmp_path / "state")) as reader:
            await reader.until_online()
            await asyncio.to_thread(keyboard.type, "E3086CED\n")
            assert await reader.badges(1) == [KEY.credential(ADA)]
            for _ in range(200):  # on the loop: the kernel's queue holds some ten of these
                keyboard.press(PLAIN["7"])
                keyboard.release(PLAIN["7"])
            assert "lost keys" in await reader.problem()
            await asyncio.to_thread(keyboard.type, "E3086CEE\n")
            assert await reader.badges(2) == [KEY.credential(ADA), KEY.credential(BOB)]
    finally:
        keyboard.unplug()
