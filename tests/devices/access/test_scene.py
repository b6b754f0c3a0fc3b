"""Members at a simulated reader of each kind, and each fault that can be played there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from devices.access import scene
from devices.access.options import (
    BadgeReaderOptions,
    KeyboardReader,
    OsdpReader,
    Reader,
    SunOptions,
    TextFormat,
    TextReader,
    WiegandReader,
)
from devices.access.scene import MEMBERS, STRANGER, BadgeReaderScene
from devices.access.site_key import SiteKey
from devices.board.world import Fault, World
from tests.devices.access.running import AWAY_S, ID_12LA, PORT, RDM6300, Running, running

TARGET = "badges/reader"
KINDS: dict[str, Reader] = {
    "rdm6300": RDM6300.reader,
    "id-12la": ID_12LA.reader,
    "wiegand": WiegandReader(type="wiegand", d0="GPIO5", d1="GPIO6", away=AWAY_S),
    "wiegand-34": WiegandReader(type="wiegand", d0="GPIO5", d1="GPIO6", format=34, away=AWAY_S),
    "keyboard": KeyboardReader(type="keyboard", device="a reader", away=AWAY_S),
    "keyboard-hex-reversed": KeyboardReader(
        type="keyboard", device="a reader", format=TextFormat.HEX, reversed=True, away=AWAY_S
    ),
    "serial-lines": TextReader(type="serial-lines", port=PORT, away=AWAY_S),
    "serial-lines-decimal": TextReader(type="serial-lines", port=PORT, format=TextFormat.DECIMAL, away=AWAY_S),
}
SUN = KeyboardReader(
    type="keyboard", device="a reader", format=TextFormat.SUN, sun=SunOptions(key_file="tags.key"), away=AWAY_S
)
OSDP = OsdpReader(type="osdp", port=PORT, install=True, away=AWAY_S)
every_kind = pytest.mark.parametrize("reader", KINDS.values(), ids=KINDS)
EACH_WIRING = ("rdm6300", "wiegand", "keyboard", "serial-lines")
every_wiring = pytest.mark.parametrize("reader", [KINDS[kind] for kind in EACH_WIRING], ids=EACH_WIRING)


@pytest.fixture(autouse=True)
def _busy_afternoon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "site.key").write_text("00" * 32)
    (tmp_path / "tags.key").write_text("0123456789ABCDEF" * 2)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("devices.access.badge_reader.AGAIN_S", 0.05)
    monkeypatch.setattr(scene, "FIRST_AFTER_S", 0.0)
    monkeypatch.setattr(scene, "NOBODY_S", (0.31, 0.33))
    monkeypatch.setattr(scene, "HELD_S", (0.07, 0.1))
    monkeypatch.setattr(scene, "LOOK_EVERY_S", 0.02)


def at(folder: Path, reader: Reader) -> BadgeReaderOptions:
    return BadgeReaderOptions(reader=reader, key_file=str(folder / "site.key"))


@asynccontextmanager
async def played(folder: Path, reader: Reader = RDM6300.reader) -> AsyncIterator[Running]:
    """A reader, and members who come one after the other."""
    world = World(folder / "world")
    playing = asyncio.create_task(BadgeReaderScene("badges", at(folder, reader), world).run(), name="scene")
    try:
        async with running(folder, at(folder, reader), world=world) as found:
            yield found
    finally:
        playing.cancel()
        await asyncio.wait([playing])


@every_kind
async def test_a_member_has_the_same_badge_at_every_kind_of_reader(tmp_path: Path, reader: Reader) -> None:
    options = at(tmp_path, replace(reader, away=1.0))
    world = World(tmp_path / "world")
    members = BadgeReaderScene("badges", options, world)
    async with running(tmp_path, options, world=world) as reading:
        for member in MEMBERS:
            await members.hold(member, 0.1)
        assert await reading.badges(len(MEMBERS)) == [SiteKey(bytes(32)).credential(member) for member in MEMBERS]


async def test_members_may_have_tags_that_prove_their_keys(tmp_path: Path) -> None:
    async with played(tmp_path, SUN) as reading:
        await reading.badges(3)
        assert {event.kind for event in reading.port.events} == {"badge"}
        assert {event.data["strength"] for event in reading.port.events} == {"crypto"}
        assert all(isinstance(event.data["counter"], int) for event in reading.port.events)


async def test_a_tag_is_the_same_at_every_reader_of_the_lab(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    options = at(tmp_path, replace(SUN, away=AWAY_S))
    first, second = (BadgeReaderScene(name, options, world) for name in ("first", "second"))
    async with running(tmp_path, options, world=world) as reading:
        for count, members in enumerate((first, second), 1):
            await members.hold(MEMBERS[0], 2 * AWAY_S)
            await reading.badges(count)
        one, other = (event.data for event in reading.port.events)
    assert one["credential"] == other["credential"]
    assert int(str(other["counter"])) == int(str(one["counter"])) + 1


async def test_an_osdp_reader_is_installed_and_members_have_the_same_badges_there(tmp_path: Path) -> None:
    people = {SiteKey(bytes(32)).credential(card) for card in (*MEMBERS, STRANGER)}
    async with played(tmp_path, OSDP) as reading:
        await reading.until_online()
        assert set(await reading.badges(2)) <= people
        reading.world.play(TARGET, Fault.UNPLUG)
        await reading.until_offline()
        so_far = len(reading.port.events)
        reading.world.mend(TARGET)
        await reading.until_online()
        assert set(await reading.badges(so_far + 1)) <= people


async def test_garbage_at_an_osdp_reader_is_refused(tmp_path: Path) -> None:
    async with played(tmp_path, OSDP) as reading:
        await reading.until_online()
        reading.world.play(TARGET, Fault.GARBAGE)
        refused = await reading.port.until(lambda: [event for event in reading.port.events if event.kind == "refused"])
        assert refused[0].data == {"reason": "unreadable"}


async def test_members_come_one_after_the_other(tmp_path: Path) -> None:
    async with played(tmp_path) as reader:
        assert len(set(await reader.badges(4))) > 1


async def test_now_and_then_somebody_holds_a_card_that_belongs_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scene, "STRANGERS", 1.0)
    async with played(tmp_path) as reader:
        assert await reader.badges(1) == [SiteKey(bytes(32)).credential(STRANGER)]


def test_the_members_have_cards_of_their_own() -> None:
    assert len({card.number for card in (*MEMBERS, STRANGER)}) == len(MEMBERS) + 1


@every_wiring
async def test_unplugged_it_is_offline_where_that_can_be_seen_and_afterwards_reads_on(
    tmp_path: Path, reader: Reader
) -> None:
    async with played(tmp_path, reader) as reading:
        await reading.badges(1)
        reading.world.play(TARGET, Fault.UNPLUG)
        if not isinstance(reader, WiegandReader):
            await reading.until_offline()
        so_far = len(reading.port.events)
        reading.world.mend(TARGET)
        await reading.until_online()
        await reading.badges(so_far + 1)


@every_wiring
async def test_garbage_is_a_problem_and_no_badge(tmp_path: Path, reader: Reader) -> None:
    async with played(tmp_path, reader) as reading:
        await reading.badges(1)
        reading.world.play(TARGET, Fault.GARBAGE)
        await reading.problem()
        so_far = len(reading.port.events)
        reading.world.mend(TARGET)
        await reading.badges(so_far + 1)
        assert reading.port.states["problems"] == {}


@every_wiring
async def test_a_reader_that_hangs_says_nothing(tmp_path: Path, reader: Reader) -> None:
    options = at(tmp_path, reader)
    world = World(tmp_path / "world")
    members = BadgeReaderScene("badges", options, world)
    async with running(tmp_path, options, world=world) as reading:
        world.play(TARGET, Fault.HANG)
        await members.hold(MEMBERS[0], 0.1)
        world.mend(TARGET)
        await members.hold(MEMBERS[1], 0.1)
        assert await reading.badges(1) == [SiteKey(bytes(32)).credential(MEMBERS[1])]


@every_wiring
async def test_at_a_weak_field_badges_are_read_all_the_same(tmp_path: Path, reader: Reader) -> None:
    async with played(tmp_path, reader) as reading:
        reading.world.play(TARGET, Fault.DRIFT)
        await reading.badges(2)
