"""Members at a simulated reader, and each fault that can be played there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from devices.access import scene
from devices.access.options import BadgeReaderOptions, Reader
from devices.access.scene import MEMBERS, BadgeReaderScene
from devices.access.site_key import SiteKey
from devices.board.world import Fault, World
from tests.devices.access.running import ID_12LA, RDM6300, Running, running

TARGET = "badges/reader"


@pytest.fixture(autouse=True)
def _busy_afternoon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.access.badge_reader.AGAIN_S", 0.05)
    monkeypatch.setattr(scene, "FIRST_AFTER_S", 0.0)
    monkeypatch.setattr(scene, "NOBODY_S", (0.35, 0.4))
    monkeypatch.setattr(scene, "HELD_S", (0.15, 0.2))
    monkeypatch.setattr(scene, "LOOK_EVERY_S", 0.02)


@asynccontextmanager
async def played(folder: Path, options: BadgeReaderOptions = RDM6300) -> AsyncIterator[Running]:
    """A reader, and members who come one after the other."""
    world = World(folder / "world")
    playing = asyncio.create_task(BadgeReaderScene("badges", options, world).run(), name="scene")
    try:
        async with running(folder, options, world=world) as reader:
            yield reader
    finally:
        playing.cancel()
        await asyncio.wait([playing])


@pytest.mark.parametrize("reader", [RDM6300.reader, ID_12LA.reader], ids=["rdm6300", "id-12la"])
async def test_a_card_is_one_badge_however_long_it_lies_there(tmp_path: Path, reader: Reader) -> None:
    options = BadgeReaderOptions(reader=replace(reader, away=1.0))
    world = World(tmp_path / "world")
    members = BadgeReaderScene("badges", options, world)
    async with running(tmp_path, options, world=world) as reading:
        for member in MEMBERS:
            await members.hold(member, 0.3)
        assert len(set(await reading.badges(len(MEMBERS)))) == len(MEMBERS)
        assert len(reading.port.events) == len(MEMBERS)


async def test_members_come_one_after_the_other(tmp_path: Path) -> None:
    async with played(tmp_path) as reader:
        assert len(set(await reader.badges(4))) > 1


def test_the_members_have_cards_of_their_own() -> None:
    assert len({card.number for card in MEMBERS}) == len(MEMBERS)


async def test_unplugged_it_is_offline_and_plugged_in_again_it_reads_on(tmp_path: Path) -> None:
    async with played(tmp_path) as reader:
        await reader.badges(1)
        reader.world.play(TARGET, Fault.UNPLUG)
        await reader.until_offline()
        reader.world.mend(TARGET)
        await reader.until_online()
        await reader.badges(len(reader.port.events) + 1)


async def test_garbage_is_a_problem_and_no_badge(tmp_path: Path) -> None:
    async with played(tmp_path) as reader:
        await reader.badges(1)
        reader.world.play(TARGET, Fault.GARBAGE)
        await reader.port.until(lambda: reader.port.states["problems"])
        so_far = len(reader.port.events)
        reader.world.mend(TARGET)
        await reader.badges(so_far + 1)
        assert reader.port.states["problems"] == {}


async def test_a_reader_that_hangs_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "site.key").write_text("00" * 32)
    options = replace(RDM6300, key_file=str(tmp_path / "site.key"))
    world = World(tmp_path / "world")
    members = BadgeReaderScene("badges", options, world)
    async with running(tmp_path, options, world=world) as reader:
        world.play(TARGET, Fault.HANG)
        await members.hold(MEMBERS[0], 0.1)
        world.mend(TARGET)
        await members.hold(MEMBERS[1], 0.1)
        assert await reader.badges(1) == [SiteKey(bytes(32)).credential(MEMBERS[1])]


async def test_at_a_weak_field_badges_are_read_all_the_same(tmp_path: Path) -> None:
    async with played(tmp_path) as reader:
        reader.world.play(TARGET, Fault.DRIFT)
        await reader.badges(3)
