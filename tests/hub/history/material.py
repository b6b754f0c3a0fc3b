"""A small lab and the entries that its nodes send, for the tests of the history."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from devices.board.clock import Moment
from devices.device import Event, Quality, Reading
from hub.bus import Backlog, Bus, Entry, Stored, UnkeptJournal
from hub.database.sqlite import reading_engine
from hub.history.queries import StoredEvent, StoredReading, Wanted, events, readings
from hub.history.service import DATABASE, History
from hub.lab import Broker, DeviceEntry, Lab, Node, Web
from tests.waiting import until

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
LOG = "garden.1"
LAB = Lab(
    "alco",
    Broker(),
    Web(),
    {"hub": Node(), "garden": Node()},
    {
        "bed": DeviceEntry("bed", "garden", "garden", None),
        "tank": DeviceEntry("tank", "garden", "garden", None),
        "door": DeviceEntry("door", "garden", "hub", None),
    },
    "",
)


def moment(seconds: float, *, trusted: bool = True) -> Moment:
    return Moment(START + timedelta(seconds=seconds), trusted)


def reading(
    seq: int,
    value: float | None = None,
    *,
    at: float | None = None,
    device: str = "bed",
    channel: str = "air-temperature",
    unit: str = "°C",
    log: str = LOG,
    trusted: bool = True,
    quality: Quality = Quality.OK,
    raw: float | None = None,
) -> Entry:
    """Entry number `seq`; its value and its second are that number, too, unless told otherwise."""
    when = moment(seq if at is None else at, trusted=trusted)
    measured = float(seq) if value is None and quality is Quality.OK else value
    return Entry(device, Reading(channel, measured, unit, when, quality, raw), log, seq, local=False)


def event(seq: int, *, device: str = "bed", log: str = LOG, trusted: bool = True, **data: str) -> Entry:
    return Entry(device, Event("watered", data, moment(seq, trusted=trusted)), log, seq, local=False)


def backlog(entries: Iterable[Entry], *, first: int = 1, log: str = LOG, node: str = "garden") -> Backlog:
    return Backlog(node, log, tuple(entries), first)


@dataclass(slots=True)
class Running:
    """A history at work, and what it acknowledged."""

    bus: Bus
    history: History
    task: "asyncio.Task[None]"
    acknowledged: list[Stored] = field(default_factory=list)

    def mark(self, log: str = LOG, node: str = "garden") -> int:
        """The last acknowledgement of a log."""
        marks = [one.marks[log] for one in self.acknowledged if one.node == node and log in one.marks]
        return marks[-1] if marks else 0

    async def acknowledges(self, mark: int, log: str = LOG, node: str = "garden") -> None:
        await until(lambda: self.mark(log, node) >= mark)


@asynccontextmanager
async def running(folder: Path, lab: Lab = LAB) -> AsyncIterator[Running]:
    bus = Bus(UnkeptJournal())
    history = History(bus, lab, folder)
    task = asyncio.create_task(history.run(), name="history")
    here = Running(bus, history, task)
    with bus.stored.heard_by(here.acknowledged.append):
        await asyncio.sleep(0)
        try:
            yield here
        finally:
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled() and (error := task.exception()):
                raise error


def stored(folder: Path, wanted: Wanted | None = None) -> list[StoredReading]:
    with reading_engine(folder / DATABASE).connect() as connection:
        return list(readings(connection, wanted or Wanted()))


def stored_events(folder: Path, wanted: Wanted | None = None) -> list[StoredEvent]:
    with reading_engine(folder / DATABASE).connect() as connection:
        return list(events(connection, wanted or Wanted()))


def values(folder: Path) -> list[float | None]:
    return [one.value for one in stored(folder)]
