"""Where people went is forgotten after three months; everything else stays, and so does how far each log is stored."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devices.board.clock import Clock, Moment
from devices.device import Event
from hub.bus import Bus, Entry, UnkeptJournal
from hub.history import retention
from hub.history.queries import Wanted
from hub.history.service import History
from tests.hub.history.material import LAB, LOG, START, backlog, reading, running, stored_events, values
from tests.waiting import until

LATER = START + retention.KEPT


class Fixed(Clock):
    boot = "fixed"

    def __init__(self, utc: datetime, *, trusted: bool = True) -> None:
        self.moment = Moment(utc, trusted)

    def now(self) -> Moment:
        return self.moment

    def correction(self) -> timedelta | None:
        return timedelta() if self.moment.trusted else None


def at(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.history.service.SystemClock", lambda: clock)


def happened(seq: int, kind: str, when: datetime) -> Entry:
    return Entry("bed", Event(kind, {"member": "a" * 16}, Moment(when)), LOG, seq, local=False)


def entries() -> Iterator[Entry]:
    """Each kind of movement once before and once within the three months, and other things as old."""
    yield reading(1, at=-86400)
    yield happened(2, "watered", START - timedelta(days=1))
    for seq, kind in enumerate(retention.MOVEMENTS, start=3):
        yield happened(2 * seq, kind, START - timedelta(seconds=1))
        yield happened(2 * seq + 1, kind, START + timedelta(seconds=1))


async def test_movements_are_deleted_after_three_months_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(Fixed(LATER), monkeypatch)
    async with running(tmp_path) as here:
        here.bus.backlogs.emit(backlog(entries()))
        await here.acknowledges(2)
        await until(lambda: kinds(tmp_path) == sorted(["watered", *retention.MOVEMENTS]))
    assert values(tmp_path) == [1]
    assert all(one.at >= START for one in stored_events(tmp_path) if one.kind in retention.MOVEMENTS)


async def test_what_was_deleted_stays_acknowledged_and_is_not_taken_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(Fixed(LATER), monkeypatch)
    old = [happened(seq, "access", START - timedelta(days=1)) for seq in (1, 2, 3)]
    async with running(tmp_path) as here:
        here.bus.backlogs.emit(backlog(old))
        await here.acknowledges(3)
        await until(lambda: kinds(tmp_path) == [])
        here.bus.backlogs.emit(backlog(old))
        here.bus.relay(happened(4, "access", LATER))
        await here.acknowledges(4)
        assert here.history.counters.repeated == 3
    async with running(tmp_path) as again:
        await again.acknowledges(4)
        assert [one.seq for one in stored_events(tmp_path, Wanted())] == [4]


async def test_a_clock_that_cannot_be_believed_deletes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at(Fixed(datetime(2099, 1, 1, tzinfo=UTC), trusted=False), monkeypatch)
    async with running(tmp_path) as here:
        here.bus.relay(happened(1, "access", START))
        here.bus.relay(happened(2, "access", START))
        await here.acknowledges(2)
        assert here.history._purged is None
    assert kinds(tmp_path) == ["access", "access"]


async def test_it_is_done_once_a_day_also_when_nothing_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Fixed(START)
    at(clock, monkeypatch)
    monkeypatch.setattr("hub.history.service.IDLE_MOST_S", 0.02)
    async with running(tmp_path) as here:
        here.bus.relay(happened(1, "access", START - timedelta(seconds=1)))
        await here.acknowledges(1)
        await until(lambda: here.history._purged == START.date())
        assert kinds(tmp_path) == ["access"]
        clock.moment = Moment(LATER)
        await until(lambda: kinds(tmp_path) == [])


def kinds(folder: Path) -> list[str]:
    return sorted(one.kind for one in stored_events(folder))


def test_the_history_takes_the_clock_of_its_board(tmp_path: Path) -> None:
    clock = Fixed(START)
    assert History(Bus(UnkeptJournal()), LAB, tmp_path, clock)._clock is clock
