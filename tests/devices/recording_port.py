"""A Port that remembers what a device said, and lets a test wait for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from devices.board.clock import Moment
from devices.device import Event, Handler, Json, Port, Quality, Reading, State
from devices.policy.policy import Policy

WITHIN_S = 10.0

Found = TypeVar("Found")


class RecordingPort(Port):
    """Keeps every reading, state, event and availability, oldest first."""

    def __init__(self, device: str = "bed") -> None:
        self.device = device
        self.readings: list[Reading] = []
        self.states: dict[str, Json] = {}
        self.events: list[Event] = []
        self.available: list[tuple[bool, str]] = []
        self.handlers: dict[str, Handler] = {}
        self.busy_because: list[str] = []
        self.policy_now: Policy | None = None
        self._said = asyncio.Event()

    def now(self) -> Moment:
        return Moment(datetime.now(UTC))

    def online(self) -> None:
        self._remember_available(True, "")

    def offline(self, reason: str) -> None:
        self._remember_available(False, reason)

    def _remember_available(self, online: bool, reason: str) -> None:
        if not self.available or self.available[-1] != (online, reason):
            self.available.append((online, reason))
        self._said.set()

    def read(
        self,
        channel: str,
        value: float | None,
        *,
        unit: str,
        quality: Quality = Quality.OK,
        raw: float | None = None,
        period_s: float | None = None,
        at: Moment | None = None,
    ) -> None:
        self.readings.append(Reading(channel, value, unit, at or self.now(), quality, raw, period_s))
        self._said.set()

    def state(self, name: str, value: Json) -> None:
        self.states[name] = value
        self._said.set()

    def event(self, kind: str, data: Mapping[str, Json] | None = None, *, at: Moment | None = None) -> Awaitable[None]:
        self.events.append(Event(kind, data or {}, at or self.now()))
        self._said.set()
        durable: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        durable.set_result(None)
        return durable

    def serve(self, action: str, handler: Handler) -> None:
        self.handlers[action] = handler

    async def ask(self, action: str, arguments: Any) -> Mapping[str, Json]:
        """What the device replies to a command."""
        return await self.handlers[action](arguments)

    @asynccontextmanager
    async def hear(self, device: str, *, only_here: bool = False) -> AsyncIterator[AsyncIterator[Event | State]]:
        raise AssertionError(f"{self.device} listens to {device}, which this port does not play ({only_here=})")
        yield

    def policy(self) -> Policy | None:
        return self.policy_now

    @contextmanager
    def busy(self, why: str) -> Iterator[None]:
        self.busy_because.append(why)
        try:
            yield
        finally:
            self.busy_because.remove(why)

    def of(self, channel: str) -> list[Reading]:
        """The readings of one channel."""
        return [reading for reading in self.readings if reading.channel == channel]

    async def until(self, found: Callable[[], Found | None], *, within_s: float = WITHIN_S) -> Found:
        """Wait until the device has said what `found` looks for, and give what it found."""
        async with asyncio.timeout(within_s):
            while not (result := found()):
                self._said.clear()
                await self._said.wait()
        return result

    async def reading(
        self, channel: str, quality: Quality = Quality.OK, *, after: int = 0, within_s: float = WITHIN_S
    ) -> Reading:
        """The first reading of this quality among those of `channel`, the first `after` of them left out."""

        def found() -> Reading | None:
            return next((reading for reading in self.of(channel)[after:] if reading.quality is quality), None)

        return await self.until(found, within_s=within_s)
