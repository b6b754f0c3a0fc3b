"""Devices that play a script and write down what they reported: the truth that the history is compared with."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Annotated

from devices.board.clock import Moment
from devices.device import Channel, Device, EventKind, Port
from devices.errors import AlcolabError
from devices.options import STRICT, About
from tests.faults.journal import HAPPENED, Journal

BURST = 1_500
"""Readings, each with an event, before the others get their turn."""
EVENTS = (EventKind(HAPPENED, "Bears a number that no other has."),)


@dataclass(frozen=True, slots=True, kw_only=True)
class SteadyOptions:
    __pydantic_config__ = STRICT
    journal: Annotated[Path, About("Where it writes what it reported.")]
    readings: Annotated[int, About("How many it gives in all; 0 for no end.")] = 0
    events: Annotated[int, About("How many it gives in all; 0 for no end.")] = 0
    readings_per_s: Annotated[float, About("Their pace.")] = 200.0
    events_per_s: Annotated[float, About("Their pace.")] = 20.0
    channels: Annotated[int, About("Over how many channels the readings go round.")] = 20


class Steady(Device[SteadyOptions]):
    """Numbered readings and events at a steady pace, whatever happens around it."""

    options = SteadyOptions
    events = EVENTS

    @classmethod
    def channels(cls, config: SteadyOptions) -> Iterable[Channel]:
        return _channels(config.channels, config.channels / config.readings_per_s)

    async def run(self, port: Port) -> None:
        journal = Journal(self.config.journal)
        port.online()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read(port, journal), name="readings")
            tasks.create_task(self._happen(port, journal), name="events")

    async def _read(self, port: Port, journal: Journal) -> None:
        pace = Pace(self.config.readings_per_s)
        for number in _numbers(len(journal.begun.readings), self.config.readings):
            await pace.next()
            read(port, journal, f"c{number % self.config.channels}", number, port.now())

    async def _happen(self, port: Port, journal: Journal) -> None:
        pace = Pace(self.config.events_per_s)
        for number in _numbers(len(journal.begun.events), self.config.events):
            await pace.next()
            await happen(port, journal, number, port.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOptions:
    __pydantic_config__ = STRICT
    journal: Annotated[Path, About("Where it writes what it reported.")]
    channels: Annotated[int, About("Series, each read once a simulated minute.")] = 20
    minutes: Annotated[int, About("Simulated minutes that pass in all.")] = 1440
    minutes_per_s: Annotated[float, About("Simulated minutes that pass in a second.")] = 120.0
    minutes_between_events: Annotated[int, About("Simulated minutes from one event to the next.")] = 3


class Day(Device[DayOptions]):
    """A day of a garden in seconds, with the times that it would have had."""

    options = DayOptions
    events = EVENTS

    @classmethod
    def channels(cls, config: DayOptions) -> Iterable[Channel]:
        return _channels(config.channels, 60.0)

    async def run(self, port: Port) -> None:
        journal = Journal(self.config.journal)
        pace = Pace(self.config.minutes_per_s)
        midnight = datetime.now(UTC) - timedelta(minutes=self.config.minutes)
        port.online()
        for minute in range(len(journal.begun.readings) // self.config.channels, self.config.minutes):
            await pace.next()
            at = Moment(midnight + timedelta(minutes=minute))
            for channel in range(self.config.channels):
                read(port, journal, f"c{channel}", minute, at)
            if minute % self.config.minutes_between_events == 0:
                await happen(port, journal, minute, at)
        await asyncio.Event().wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodOptions:
    __pydantic_config__ = STRICT
    journal: Annotated[Path, About("Where it writes the events that it reported.")]
    seconds: Annotated[float, About("How long it floods.")] = 5.0


class Flood(Device[FloodOptions]):
    """As many readings and events as the processor allows, in bursts that are longer than what it lets wait."""

    options = FloodOptions
    events = EVENTS

    @classmethod
    def channels(cls, config: FloodOptions) -> Iterable[Channel]:  # noqa: ARG003 - the class's contract
        return _channels(1, 0.001)

    async def run(self, port: Port) -> None:
        journal = Journal(self.config.journal)
        loop = asyncio.get_running_loop()
        port.online()
        ends_s = loop.time() + self.config.seconds
        for number in count():
            if loop.time() > ends_s:
                break
            port.read("c0", number, unit="1")
            self._happen(port, journal, number)
            if number % BURST == 0:
                await asyncio.sleep(0)
        await asyncio.Event().wait()

    def _happen(self, port: Port, journal: Journal, number: int) -> None:
        at = port.now()
        journal.event(number, at)
        try:
            port.event(HAPPENED, {"number": number}, at=at)
        except AlcolabError as error:
            journal.refused(number, error)


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisingOptions:
    __pydantic_config__ = STRICT


class Raising(Device[RaisingOptions]):
    """A driver with a bug: it raises what no driver should."""

    options = RaisingOptions

    async def run(self, port: Port) -> None:
        port.online()
        raise ZeroDivisionError("a bug in a driver")


class Pace:
    """`per_s` times a second on average; who was held up catches up."""

    def __init__(self, per_s: float) -> None:
        self._every_s = 1.0 / per_s
        self._next_s = asyncio.get_running_loop().time()

    async def next(self) -> None:
        self._next_s += self._every_s
        await asyncio.sleep(self._next_s - asyncio.get_running_loop().time())


def read(port: Port, journal: Journal, channel: str, value: float, at: Moment) -> None:
    journal.reading(channel, value, at)
    port.read(channel, value, unit="1", at=at)


async def happen(port: Port, journal: Journal, number: int, at: Moment) -> None:
    journal.event(number, at)
    try:
        await port.event(HAPPENED, {"number": number}, at=at)
    except AlcolabError as error:
        journal.refused(number, error)
    else:
        journal.durable(number)


def _numbers(begun: int, total: int) -> Iterator[int]:
    return iter(range(begun, total)) if total else count(begun)


def _channels(channels: int, period_s: float) -> Iterable[Channel]:
    return [Channel(f"c{number}", "1", period_s) for number in range(channels)]
