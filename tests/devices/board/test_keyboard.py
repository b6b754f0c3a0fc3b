"""The outside end of a simulated keyboard."""

import asyncio
import re
from pathlib import Path

import pytest

from devices.board.board import InputReport
from devices.board.keys import PLAIN, SHIFTED, strokes
from devices.board.simulated import SimulatedBoard
from devices.board.world import World
from devices.errors import AlcolabError, DeviceOffline


def test_the_codes_are_those_of_linux() -> None:
    """Against the header of this machine's kernel, where there is one."""
    header = Path("/usr/include/linux/input-event-codes.h")
    if not header.exists():
        pytest.skip("linux-libc-dev is not installed")
    codes = dict(re.findall(r"#define (KEY_\w+)\s+(\d+)", header.read_text()))
    named = {"\n": "ENTER", "\t": "TAB", " ": "SPACE", "-": "MINUS", "=": "EQUAL", "[": "LEFTBRACE", "]": "RIGHTBRACE"}
    named |= {";": "SEMICOLON", "'": "APOSTROPHE", "`": "GRAVE", "\\": "BACKSLASH", ",": "COMMA", ".": "DOT"}
    named["/"] = "SLASH"
    expected = {character: int(codes[f"KEY_{named.get(character, character.upper())}"]) for character in PLAIN}
    assert expected == PLAIN
    assert [(lower, PLAIN[lower]) for lower in "az"] == [(upper.lower(), SHIFTED[upper]) for upper in "AZ"]
    assert len(PLAIN) + len(SHIFTED) == 95 + len("\t\n")  # all that ASCII can print


def test_a_character_without_a_key_types_nothing(tmp_path: Path) -> None:
    with pytest.raises(AlcolabError, match="no key for é"):
        list(strokes("café"))
    with pytest.raises(AlcolabError, match="no key for é"):
        World(tmp_path).keyboard("badge").type("café")


async def test_unplugged_it_types_for_nobody_and_no_key_stays_down(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    board = SimulatedBoard(world, tmp_path / "state")
    keyboard = world.keyboard("badge")
    keyboard.press(PLAIN["a"])
    keyboard.unplug()
    keyboard.type("1")
    keyboard.plug()
    async with board.input_device("badge") as device:
        keyboard.press(PLAIN["a"])
        report = await anext(aiter(device))
        assert [(event.code, event.value) for event in report.events] == [(PLAIN["a"], 1)]


async def test_when_the_world_ends_it_is_unplugged(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    world.keyboard("badge")
    async with SimulatedBoard(world, tmp_path / "state").input_device("badge") as device:
        world.close()
        with pytest.raises(DeviceOffline):
            await anext(aiter(device))


async def test_typed_in_another_thread_while_we_read_every_loss_is_said_and_no_key_stays_down(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    keyboard = world.keyboard("badge")
    text, last = "0123456789" * 200, PLAIN["\n"]

    def type_quickly() -> None:
        keyboard.type(text)
        keyboard.press(last)

    down: set[int] = set()
    reports: list[InputReport] = []
    async with SimulatedBoard(world, tmp_path / "state").input_device("badge") as device:
        typing = asyncio.create_task(asyncio.to_thread(type_quickly))
        async for report in device:
            reports.append(report)
            for event in report.events:
                (down.add if event.value else down.discard)(event.code)
            if last in down:
                break
        await typing
    assert down == {last}
    assert any(report.lost for report in reports) or len(reports) == 2 * len(text) + 1
