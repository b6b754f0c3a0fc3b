"""Counters across the site: what another reader has accepted counts here, and may show that a tag was copied."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from devices.access.card import Card
from devices.access.sun.counters import Accepted
from devices.access.sun.elsewhere import LATE, fits, hear_elsewhere
from devices.access.sun.errors import Replayed
from devices.access.sun.sun_messages import SunMessages
from devices.board.clock import Moment
from devices.device import Event, State
from tests.devices.access.sun.reading import NOON, SITE_KEY, UID, a_board, a_tag, reading
from tests.devices.recording_port import RecordingPort

CREDENTIAL = SITE_KEY.credential(Card.numbered(int.from_bytes(UID)))
LATER = Moment(NOON.utc + timedelta(minutes=1))


class HearingPort(RecordingPort):
    """Hears what a test says for the other readers."""

    def __init__(self) -> None:
        super().__init__("front-badges")
        self.ears: dict[str, asyncio.Queue[Event | State]] = {}

    @asynccontextmanager
    async def hear(self, device: str, *, only_here: bool = False) -> AsyncIterator[AsyncIterator[Event | State]]:
        assert not only_here
        queue = self.ears.setdefault(device, asyncio.Queue())

        async def messages() -> AsyncIterator[Event | State]:
            while True:
                message = await queue.get()
                yield message
                queue.task_done()

        yield messages()

    async def say(self, device: str, counter: Any, *, credential: Any = CREDENTIAL, at: Moment = LATER) -> None:
        """Another reader has accepted a tag; returns when that was heard."""
        await self.say_all(device, {"credential": credential, "counter": counter, "strength": "crypto"}, at)

    async def say_all(self, device: str, data: Mapping[str, Any], at: Moment = LATER) -> None:
        self.ears.setdefault(device, asyncio.Queue()).put_nowait(Event("badge", data, at))
        async with asyncio.timeout(10):
            await self.ears[device].join()


class Site:
    """One reader here, and two elsewhere."""

    def __init__(self, messages: SunMessages, port: HearingPort, troubles: list[str]) -> None:
        self.messages = messages
        self.port = port
        self.troubles = troubles

    @property
    def alarms(self) -> list[Mapping[str, Any]]:
        return [event.data for event in self.port.events if event.kind == "refused"]


@asynccontextmanager
async def site(folder: Path) -> AsyncIterator[Site]:
    board, port, troubles = a_board(folder), HearingPort(), list[str]()
    async with reading(folder, board) as messages:
        hearing = asyncio.create_task(hear_elsewhere(("back-badges", "lab-badges"), board, port, troubles.append))
        yield Site(messages, port, troubles)
        hearing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await hearing


async def test_a_message_that_was_used_at_another_reader_is_refused_here(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        await here.port.say("back-badges", 7)
        with pytest.raises(Replayed):
            await here.messages.verified(a_tag(counter=6).tapped())
        assert (await here.messages.verified(a_tag(counter=7).tapped())).counter == 8
        assert here.alarms == []


async def test_what_was_heard_outlives_a_restart(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        await here.port.say("back-badges", 7)
    async with reading(tmp_path) as messages:
        with pytest.raises(Replayed):
            await messages.verified(a_tag(counter=6).tapped())


@pytest.mark.parametrize("heard", [8, 7, 1])
async def test_a_clone_or_replay_that_is_found_too_late_alarms(tmp_path: Path, heard: int) -> None:
    """The network was cut while somebody used a recorded message, or a copied tag, at the other door."""
    async with site(tmp_path) as here:
        await here.messages.verified(a_tag(counter=7).tapped())
        await here.port.say("back-badges", heard)
        assert here.alarms == [
            {"reason": "replayed-elsewhere", "credential": CREDENTIAL, "counter": heard, "reader": "back-badges"}
        ]
        assert "copied" in here.troubles[-1]
        assert CREDENTIAL not in here.troubles[-1]


async def test_a_tag_that_walks_from_door_to_door_is_no_alarm(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        for counter in range(1, 30, 3):
            await here.port.say("back-badges", counter)
            await here.messages.verified(a_tag(counter=counter).tapped())
            await here.port.say("lab-badges", counter + 2)
        assert here.alarms == []
        assert here.troubles == []


async def test_what_is_heard_late_of_before_is_no_alarm(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        await here.messages.verified(a_tag(counter=7).tapped())
        await here.port.say("back-badges", 5, at=Moment(NOON.utc - timedelta(seconds=1)))
        await here.port.say("back-badges", 6, at=Moment(LATER.utc, trusted=False))
        assert here.alarms == []


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"credential": CREDENTIAL},
        {"credential": CREDENTIAL, "counter": "9"},
        {"credential": CREDENTIAL, "counter": True},
        {"credential": CREDENTIAL, "counter": -1},
        {"credential": CREDENTIAL, "counter": 2**24},
        {"credential": CREDENTIAL, "counter": 9.5},
        {"credential": None, "counter": 9},
        {"credential": CREDENTIAL.upper() + "é", "counter": 9},
        {"credential": "00", "counter": 9},
        {"credential": [], "counter": 9},
    ],
)
async def test_what_no_reader_would_say_changes_nothing(tmp_path: Path, data: Mapping[str, Any]) -> None:
    async with site(tmp_path) as here:
        await here.port.say_all("back-badges", data)
        assert (await here.messages.verified(a_tag().tapped())).counter == 1
        assert here.alarms == []


async def test_made_up_tags_do_not_fill_the_disk_and_keep_out_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.access.sun.counters.TAGS_AT_MOST", 10)
    async with site(tmp_path) as here:
        for n in range(30):
            await here.port.say("back-badges", 5, credential=f"{n:064x}")
        assert (await here.messages.verified(a_tag().tapped())).counter == 1
        with pytest.raises(Replayed):
            await here.messages.verified(a_tag().tapped())


def test_what_one_tag_can_have_given() -> None:
    accepted = Accepted(7, NOON.utc)
    assert fits(accepted, 8, NOON.utc)
    assert fits(accepted, 6, NOON.utc)
    assert not fits(accepted, 7, NOON.utc)
    assert not fits(accepted, 6, NOON.utc + LATE)
    assert fits(Accepted(7, None), 6, NOON.utc + LATE)
