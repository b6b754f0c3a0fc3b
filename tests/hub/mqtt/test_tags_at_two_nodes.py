"""One tag at the readers of two Pis, over a real broker: a message opens once while they hear each other, and a message
that opened at both while the network was cut is found afterwards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from devices.access.sun import counter_table
from devices.access.sun.elsewhere import hear_elsewhere
from devices.access.sun.errors import Replayed
from devices.access.sun.sun_messages import SunMessages
from devices.device import Event
from hub.bus import Entry
from hub.lab import Lab
from hub.port import DevicePort
from tests.brokers import Mosquitto
from tests.devices.access.sun.reading import SITE_KEY, a_board, a_tag, reading
from tests.hub.mqtt.nodes import BED, DOOR, Pi, ProbeOptions, at, lab_of
from tests.waiting import until


class ReaderAtPi:
    """A reader, as far as tags are concerned."""

    def __init__(self, pi: Pi, port: DevicePort, messages: SunMessages) -> None:
        self.pi = pi
        self.alarms: list[Any] = []
        self.heard: list[int] = []
        """The counters of badges at the other reader."""
        self._port = port
        self._messages = messages

    def note(self, entry: Entry) -> None:
        match entry.message:
            case Event("refused", data, _) if entry.device == self._port.device:
                self.alarms.append(data)
            case Event("badge", {"counter": int(counter)}, _) if entry.device != self._port.device:
                self.heard.append(counter)

    async def hold(self, message: str) -> None:
        card = await self._messages.verified(message)
        self._port.event("badge", {"credential": SITE_KEY.credential(card), "counter": card.counter})


@asynccontextmanager
async def reader_at(node: str, device: str, other: str, of: Lab, folder: Path) -> AsyncIterator[ReaderAtPi]:
    board = a_board(folder / node)
    async with AsyncExitStack() as stack:
        pi = await stack.enter_async_context(Pi(node, of, folder))
        messages = await stack.enter_async_context(reading(folder / node, board, reader=device))
        port = pi.port(device)
        reader = ReaderAtPi(pi, port, messages)
        stack.enter_context(pi.bus.entries.heard_by(reader.note))
        hearing = asyncio.create_task(hear_elsewhere([other], board, port, lambda _: None), name=f"{device} hears")
        stack.push_async_callback(asyncio.wait, [hearing])
        stack.callback(hearing.cancel)
        await pi.connected()
        yield reader


@asynccontextmanager
async def two_readers(broker: Mosquitto, folder: Path) -> AsyncIterator[tuple[ReaderAtPi, ReaderAtPi]]:
    of = lab_of(at(broker), hub=(), hears=(BED,))
    hearing_back = replace(of.devices[BED], options=ProbeOptions((DOOR,)))
    of = replace(of, devices={**of.devices, BED: hearing_back})
    (folder / "garden").mkdir()
    (folder / "entrance").mkdir()
    async with (
        reader_at("garden", BED, DOOR, of, folder) as back,
        reader_at("entrance", DOOR, BED, of, folder) as front,
    ):
        yield front, back


async def test_what_was_used_at_one_pi_is_refused_at_the_other(
    mosquitto: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, see = list[str](), counter_table.see_elsewhere

    def noted(*args: Any, **what: Any) -> Any:
        seen = see(*args, **what)
        kept.append(what["reader"])
        return seen

    monkeypatch.setattr(counter_table, "see_elsewhere", noted)
    tag = a_tag()
    async with two_readers(mosquitto, tmp_path) as (front, back):
        recorded = tag.tapped()
        await front.hold(recorded)
        await until(lambda: kept == [DOOR])
        with pytest.raises(Replayed):
            await back.hold(recorded)
        await back.hold(tag.tapped())
        assert front.alarms == back.alarms == []


async def test_what_was_used_at_both_while_the_network_was_cut_is_found_afterwards(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    tag = a_tag()
    async with two_readers(mosquitto, tmp_path) as (front, back):
        await front.hold(tag.tapped())
        await until(lambda: back.heard == [1])
        mosquitto.stop()
        recorded = tag.tapped()
        await front.hold(recorded)
        await back.hold(recorded)
        await front.hold(tag.tapped())
        mosquitto.start()
        await until(lambda: front.alarms and back.alarms)
        for reader, other in ((front, BED), (back, DOOR)):
            assert [(alarm["reason"], alarm["counter"], alarm["reader"]) for alarm in reader.alarms] == [
                ("replayed-elsewhere", 2, other)
            ]
