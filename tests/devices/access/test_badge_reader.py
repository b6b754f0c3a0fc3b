"""A badge reader on a serial port, from the card to the event."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devices.access.badge_reader import BadgeReader
from devices.access.card import Card
from devices.access.options import BadgeReaderOptions, Rdm6300Reader
from devices.access.readers.reader import Answer, Reader, Refusal, RefusalReason, Trouble
from devices.access.readers.serial_frame import FrameFormat, frame_of
from devices.access.site_key import SiteKey
from devices.board.board import Claim
from devices.board.clock import Moment
from devices.board.pi import PiBoard
from devices.board.simulated import SimulatedBoard
from devices.board.world import World
from devices.device import Event, Json
from devices.errors import DeviceOffline
from devices.policy.rules import Strength
from hub.bus import Bus, Entry, UnkeptJournal
from hub.port import DevicePort
from tests.devices.access.running import AWAY_S, ID_12LA, PORT, RDM6300, running
from tests.waiting import until

ADA, BOB = Card.numbered(0x62E3086CED), Card.numbered(0x62E3086CEE)
KEY = SiteKey(bytes(32))


@pytest.fixture(autouse=True)
def _quickly_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.access.badge_reader.AGAIN_S", 0.05)


@pytest.fixture
def site(tmp_path: Path) -> BadgeReaderOptions:
    """A reader whose site has a key that the test knows."""
    (tmp_path / "site.key").write_text("00" * 32)
    return BadgeReaderOptions(reader=RDM6300.reader, key_file=str(tmp_path / "site.key"))


def frame(card: Card, kind: FrameFormat = FrameFormat.RDM6300) -> bytes:
    return frame_of(card, kind)


async def test_a_badge_is_an_event_with_its_credential_and_strength(tmp_path: Path, site: BadgeReaderOptions) -> None:
    async with running(tmp_path, site) as reader:
        reader.wire.send(frame(ADA))
        await reader.badges(1)
        (event,) = reader.port.events
    assert (event.kind, event.data) == ("badge", {"credential": KEY.credential(ADA), "strength": "uid"})


async def test_the_cabinet_beside_it_hears_the_badge(tmp_path: Path, site: BadgeReaderOptions) -> None:
    world = World(tmp_path / "world")
    board = SimulatedBoard(world, tmp_path / "state")
    bus = Bus(UnkeptJournal())
    wire = world.serial(PORT)
    async with DevicePort("cabinet", bus, board.clock).hear("arcade-badges") as news:
        reading = BadgeReader(site, board).run(DevicePort("arcade-badges", bus, board.clock))
        task = asyncio.create_task(reading, name="arcade-badges")
        await until(lambda: "arcade-badges" in bus.latest.availability)
        wire.send(frame(ADA))
        async with asyncio.timeout(10):
            while not isinstance(heard := await anext(news), Event):
                pass
        task.cancel()
        await asyncio.wait([task])
    assert (heard.kind, heard.data["credential"]) == ("badge", KEY.credential(ADA))


async def test_a_card_that_lies_there_is_one_badge_and_another_card_is_another(
    tmp_path: Path, site: BadgeReaderOptions
) -> None:
    async with running(tmp_path, site) as reader:
        reader.wire.send(frame(ADA) * 20 + frame(BOB) + frame(ADA) * 20)
        assert await reader.badges(2) == [KEY.credential(ADA), KEY.credential(BOB)]


async def test_the_same_card_counts_again_after_it_was_away(tmp_path: Path, site: BadgeReaderOptions) -> None:
    async with running(tmp_path, site) as reader:
        reader.wire.send(frame(ADA))
        await reader.badges(1)
        await asyncio.sleep(AWAY_S)
        reader.wire.send(frame(ADA))
        assert await reader.badges(2) == [KEY.credential(ADA)] * 2


async def test_a_card_is_the_same_badge_at_every_kind_of_reader(tmp_path: Path) -> None:
    async with running(tmp_path, RDM6300) as reader:
        reader.wire.send(frame(ADA))
        here = await reader.badges(1)
    async with running(tmp_path, ID_12LA) as reader:
        reader.wire.send(frame(ADA, FrameFormat.ID_12LA))
        assert await reader.badges(1) == here


async def test_noise_before_and_between_frames_hides_no_badge(tmp_path: Path, site: BadgeReaderOptions) -> None:
    async with running(tmp_path, site) as reader:
        reader.wire.send(b"\xff\x02\x0262E3" + frame(ADA) + b"\x02\x03" + frame(BOB)[:7] + frame(BOB))
        assert await reader.badges(2) == [KEY.credential(ADA), KEY.credential(BOB)]


async def test_a_frame_with_a_wrong_checksum_is_no_badge(tmp_path: Path, site: BadgeReaderOptions) -> None:
    async with running(tmp_path, site) as reader:
        reader.wire.send(frame(ADA).replace(b"ED", b"EE") + frame(BOB))
        assert await reader.badges(1) == [KEY.credential(BOB)]


async def test_an_unplugged_reader_is_offline_and_comes_back_by_itself(
    tmp_path: Path, site: BadgeReaderOptions
) -> None:
    async with running(tmp_path, site) as reader:
        reader.wire.unplug()
        assert PORT in await reader.until_offline()
        reader.wire.plug()
        await reader.until_online()
        reader.wire.send(frame(ADA))
        await reader.badges(1)


async def test_without_its_key_it_is_offline_and_says_which_file_it_wants(tmp_path: Path) -> None:
    key = tmp_path / "site.key"
    async with running(tmp_path, BadgeReaderOptions(reader=RDM6300.reader, key_file=str(key))) as reader:
        assert str(key) in await reader.until_offline()
        key.write_text("00" * 32)
        await reader.until_online()


async def test_what_is_never_a_badge_is_a_problem_until_one_comes(tmp_path: Path, site: BadgeReaderOptions) -> None:
    async with running(tmp_path, site) as reader:
        reader.wire.send(frame(ADA, FrameFormat.ID_12LA) * 10)
        await reader.port.until(lambda: reader.port.states.get("problems"))
        assert "is it an rdm6300?" in json.dumps(reader.port.states["problems"])
        reader.wire.send(frame(ADA))
        await reader.port.until(lambda: reader.port.states["problems"] == {})


async def test_a_spoilt_frame_or_two_are_no_problem(tmp_path: Path, site: BadgeReaderOptions) -> None:
    async with running(tmp_path, site) as reader:
        reader.wire.send(frame(ADA)[:9] * 3 + frame(ADA))
        await reader.badges(1)
        assert reader.port.states == {"problems": {}}


@pytest.mark.parametrize("sent", [frame(ADA), frame(ADA, FrameFormat.ID_12LA) * 10, frame(ADA)[:11] * 20])
async def test_no_digits_of_a_card_are_said_anywhere(
    tmp_path: Path, site: BadgeReaderOptions, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with running(tmp_path, site) as reader:
            reader.wire.send(sent + frame(BOB))
            await reader.badges(1)
            reader.wire.unplug()
            await reader.until_offline()
    said = f"{caplog.text} {reader.port.events} {reader.port.states} {reader.port.available}"
    for card in (ADA, BOB):
        for form in (card.number, card.number.lower(), *card.printed, card.number[4:], str(card.card)):
            assert form not in said


@pytest.mark.pi
async def test_a_pis_own_board_reads_badges_too(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    place = Rdm6300Reader(type="rdm6300", port=str(world.serial_path(PORT)), away=AWAY_S)
    world.serial(PORT)
    async with running(
        tmp_path, BadgeReaderOptions(reader=place), world=world, board=PiBoard(tmp_path / "state")
    ) as reader:
        reader.wire.send(frame(ADA) * 3 + frame(BOB))
        assert len(set(await reader.badges(2))) == 2
        reader.wire.unplug()
        await reader.until_offline()
        reader.wire.plug()
        await reader.until_online()


class LampReader(Reader):
    """It has a lamp, and no cards; it breaks when told to."""

    def __init__(self) -> None:
        self.shown: list[Answer] = []
        self.broken = asyncio.Event()

    @asynccontextmanager
    async def opened(self, trouble: Trouble) -> AsyncIterator[AsyncIterator[Card | Refusal]]:  # noqa: ARG002 - it has none
        yield self._cards()

    async def _cards(self) -> AsyncIterator[Card | Refusal]:
        yield Refusal(RefusalReason.REPLAYED, counter=7)
        yield Card(ADA.number, Strength.CRYPTO, counter=8)
        await self.broken.wait()
        raise DeviceOffline("broken")

    def show(self, answer: Answer) -> None:
        self.shown.append(answer)


@asynccontextmanager
async def beside_a_door(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Bus, list[LampReader]]]:
    """A reader that shows what the door beside it decides; each time it is opened, there is one more lamp."""
    lamps: list[LampReader] = []

    def reader_of(*_: object) -> LampReader:
        lamps.append(LampReader())
        return lamps[-1]

    monkeypatch.setattr("devices.access.badge_reader.reader_of", reader_of)
    bus = Bus(UnkeptJournal())
    board = SimulatedBoard(World(folder / "world"), folder / "state")
    reader = BadgeReader(replace(RDM6300, shows="front-door"), board)
    task = asyncio.create_task(reader.run(DevicePort("badges", bus, board.clock)), name="badges")
    try:
        await until(lambda: "badges" in bus.latest.availability)
        yield bus, lamps
    finally:
        task.cancel()
        await asyncio.wait([task])


def decided(granted: Json, kind: str = "access") -> Event:
    return Event(kind, {"granted": granted}, Moment(datetime.now(UTC)))


async def test_it_shows_what_the_door_beside_it_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with beside_a_door(tmp_path, monkeypatch) as (bus, (lamp,)):
        for event in (decided(True), decided(False), decided("yes"), decided(True, "unlocked")):
            bus.publish("front-door", event)
        bus.publish("back-door", decided(True))
        bus.publish("front-door", decided(True))
        await until(lambda: len(lamp.shown) == 4)
        assert lamp.shown == [Answer.GRANTED, Answer.DENIED, Answer.DENIED, Answer.GRANTED]


async def test_what_somebody_says_on_mqtt_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with beside_a_door(tmp_path, monkeypatch) as (bus, (lamp,)):
        bus.relay(Entry("front-door", decided(True), local=False))
        bus.publish("front-door", decided(False))
        await until(lambda: lamp.shown)
        assert lamp.shown == [Answer.DENIED]


async def test_after_a_loss_the_reader_that_is_there_now_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with beside_a_door(tmp_path, monkeypatch) as (bus, lamps):
        lamps[0].broken.set()
        await until(lambda: len(lamps) == 2)
        bus.publish("front-door", decided(True))
        await until(lambda: lamps[1].shown)
        assert lamps[0].shown == []


async def test_a_badge_that_proves_its_key_says_its_counter_and_one_that_does_not_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.access.badge_reader.reader_of", lambda *_: LampReader())
    (tmp_path / "site.key").write_text("00" * 32)
    async with running(tmp_path, replace(RDM6300, key_file=str(tmp_path / "site.key"))) as reader:
        await reader.port.until(lambda: len(reader.port.events) == 2)
        assert [(event.kind, event.data) for event in reader.port.events] == [
            ("refused", {"reason": "replayed", "counter": 7}),
            ("badge", {"credential": KEY.credential(ADA), "strength": "crypto", "counter": 8}),
        ]


def test_it_hears_what_it_shows_and_nothing_else() -> None:
    shows = replace(RDM6300, shows="front-door")
    assert [*BadgeReader.hears(shows)] == [*BadgeReader.beside(shows)] == ["front-door"]
    assert [*BadgeReader.hears(RDM6300)] == []


def test_it_holds_its_serial_port() -> None:
    options = BadgeReaderOptions(reader=Rdm6300Reader(type="rdm6300", port=PORT))
    assert list(BadgeReader.claims(options)) == [Claim("serial", PORT)]
