"""Counters across the site: what another reader has accepted counts here, and may show that a tag was copied."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from devices.access.card import Card
from devices.access.sun.counter_table import Accepted
from devices.access.sun.elsewhere import LATE, fits, hear_elsewhere
from devices.access.sun.errors import Replayed
from devices.access.sun.sun_messages import SunMessages
from devices.board.clock import Moment
from devices.board.simulated import SimulatedBoard
from devices.device import Event, State
from tests.devices.access.sun.reading import READER, SITE_KEY, UID, a_board, a_tag, reading
from tests.devices.recording_port import RecordingPort

CREDENTIAL = SITE_KEY.credential(Card.numbered(int.from_bytes(UID)))
NOON = datetime(2026, 3, 30, 12, tzinfo=UTC)
LATER = Moment(datetime.now(UTC) + timedelta(minutes=10))
BEFORE = Moment(datetime.now(UTC) - timedelta(minutes=10))


class HearingPort(RecordingPort):
    """Hears what a test says for the other readers."""

    def __init__(self) -> None:
        super().__init__(READER)
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
        await self.put(device, Event("badge", data, at))

    async def tell(self, device: str, accepted: Any) -> None:
        """Another reader tells which messages it has accepted last, as it does when the network is back."""
        await self.put(device, State("accepted", accepted, LATER))

    async def put(self, device: str, message: Event | State) -> None:
        self.ears.setdefault(device, asyncio.Queue()).put_nowait(message)
        async with asyncio.timeout(10):
            await self.ears[device].join()


class Site:
    """One reader here, and two elsewhere."""

    def __init__(self, board: SimulatedBoard, messages: SunMessages, port: HearingPort, troubles: list[str]) -> None:
        self.board = board
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
        yield Site(board, messages, port, troubles)
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
        await here.port.tell("back-badges", digests(heard))
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
        assert set(here.troubles) <= {""}


async def test_what_is_heard_late_of_before_is_no_alarm(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        await here.messages.verified(a_tag(counter=7).tapped())
        await here.port.say("back-badges", 5, at=BEFORE)
        await here.port.say("back-badges", 6, at=Moment(LATER.utc, trusted=False))
        assert here.alarms == []


def digests(*counters: int) -> list[str]:
    return [Accepted(CREDENTIAL, counter, None).digest for counter in counters]


async def test_a_message_that_both_have_accepted_is_found_when_the_network_is_back(tmp_path: Path) -> None:
    """Each let it pass once. The tag has gone on meanwhile, so that no counter would ever tell."""
    async with site(tmp_path) as here:
        await here.messages.verified(a_tag(counter=6).tapped())
        await here.port.tell("back-badges", digests(5, 7, 8, 9))
        await here.port.tell("back-badges", digests(7, 8, 9, 10))
        await here.port.tell("back-badges", digests(8, 9, 10))
        assert [(alarm["counter"], alarm["reader"], alarm["reason"]) for alarm in here.alarms] == [
            (7, "back-badges", "replayed-elsewhere")
        ]
    async with site(tmp_path) as again:
        await again.port.tell("back-badges", digests(7, 8))
        assert again.alarms == []


async def test_a_reader_tells_what_it_has_accepted_so_that_nobody_learns_whose(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        await here.port.until(lambda: here.port.states.get("accepted") == [])
        for counter in range(40):
            await here.messages.verified(a_tag(counter=counter).tapped())
        await here.port.until(lambda: here.port.states["accepted"] == digests(*range(9, 41)))
    async with site(tmp_path) as again:
        await again.port.until(lambda: again.port.states.get("accepted") == digests(*range(9, 41)))


@pytest.mark.parametrize("accepted", [None, 5, "text", {}, [None, 5, [], {}, "x" * 100], [[["deep"]]]])
async def test_what_no_reader_would_tell_changes_nothing(tmp_path: Path, accepted: Any) -> None:
    async with site(tmp_path) as here:
        await here.messages.verified(a_tag().tapped())
        await here.port.tell("back-badges", accepted)
        assert here.alarms == []


async def test_two_readers_of_one_pi_share_their_counters_and_raise_no_alarm(tmp_path: Path) -> None:
    async with site(tmp_path) as here, reading(tmp_path, here.board, reader="back-badges") as beside:
        for counter in range(1, 9):
            await beside.verified(a_tag(counter=counter - 1).tapped())
            await here.port.say("back-badges", counter)
            await here.port.tell("back-badges", digests(*range(1, counter + 1)))
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
    monkeypatch.setattr("devices.access.sun.counter_table.TAGS_AT_MOST", 10)
    async with site(tmp_path) as here:
        for n in range(30):
            await here.port.say("back-badges", 5, credential=f"{n:064x}")
        assert (await here.messages.verified(a_tag().tapped())).counter == 1
        with pytest.raises(Replayed):
            await here.messages.verified(a_tag().tapped())


def test_what_one_tag_can_have_given() -> None:
    accepted = Accepted(CREDENTIAL, 7, NOON)
    assert fits(accepted, 8, NOON)
    assert fits(accepted, 6, NOON)
    assert not fits(accepted, 7, NOON)
    assert not fits(accepted, 6, NOON + LATE)
    assert fits(Accepted(CREDENTIAL, 7, None), 6, NOON + LATE)


async def test_a_disk_that_is_full_is_said_until_it_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    async with site(tmp_path) as here:
        with monkeypatch.context() as patch:
            patch.setattr("devices.access.sun.counter_table.see_elsewhere", full)
            await here.port.say("back-badges", 7)
        assert "No space left on device" in here.troubles[-1]
        await here.port.say("back-badges", 8)
        assert here.troubles[-1] == ""
        with pytest.raises(Replayed):
            await here.messages.verified(a_tag(counter=7).tapped())
