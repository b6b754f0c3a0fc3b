"""The Port that the hub gives to each device: it turns calls into messages on the bus."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from math import isfinite

from devices.board.clock import Clock, Moment
from devices.device import Event, Handler, Json, Port, Quality, Reading, State
from devices.policy.policy import Policy
from hub.bus import Availability, Bus, Entry, Subscription

log = logging.getLogger(__name__)

HEARD_AT_MOST = 256
RESERVED = frozenset({"at", "clock", "log", "seq", "device", "event", "reading"})
"""Names that an event's data cannot have: they stand beside them wherever the event goes."""


class DevicePort(Port):
    """One device's place on the bus."""

    def __init__(self, device: str, bus: Bus, clock: Clock) -> None:
        self.device = device
        self.handlers: dict[str, Handler] = {}
        self.idle = asyncio.Event()
        self.idle.set()
        self.busy_because = ""
        self._bus = bus
        self._clock = clock
        self._available: tuple[bool, str] | None = None
        self._busy = 0

    def now(self) -> Moment:
        return self._clock.now()

    def online(self) -> None:
        self._say_available(True, "")

    def offline(self, reason: str) -> None:
        self._say_available(False, reason)

    def _say_available(self, online: bool, reason: str) -> None:
        if self._available == (online, reason):
            return
        before, self._available = self._available, (online, reason)
        if online and before is not None:
            log.info("%s is back", self.device)
        elif not online and reason and (before is None or before[0]):
            log.warning("%s is offline: %s", self.device, reason)
        self._bus.publish(self.device, Availability(online, reason, self.now()))

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
        if value is not None and not isfinite(value):
            value, quality = None, Quality.FAILED  # a sensor's NaN is no measurement, and no JSON
        if raw is not None and not isfinite(raw):
            raw = None
        self._bus.publish(self.device, Reading(channel, value, unit, at or self._clock.now(), quality, raw, period_s))

    def state(self, name: str, value: Json) -> None:
        self._bus.publish(self.device, State(name, value, self.now()))

    def event(self, kind: str, data: Mapping[str, Json] | None = None, *, at: Moment | None = None) -> Awaitable[None]:
        if data and not RESERVED.isdisjoint(data):
            raise ValueError(f"event {kind}: {', '.join(sorted(RESERVED & data.keys()))} stand beside its data already")
        durable = self._bus.publish(self.device, Event(kind, data or {}, at or self.now()))
        assert durable is not None  # noqa: S101 - for the type checker: the bus gives one for every event
        return durable

    def serve(self, action: str, handler: Handler) -> None:
        self.handlers[action] = handler

    @asynccontextmanager
    async def hear(self, device: str, *, only_here: bool = False) -> AsyncIterator[AsyncIterator[Event | State]]:
        heard = Subscription(HEARD_AT_MOST)

        def hear(entry: Entry) -> None:
            """Only what is wanted waits: no flood of others pushes a badge out, or wakes whoever waits for one."""
            if entry.device == device and isinstance(entry.message, Event | State) and (entry.local or not only_here):
                heard.put(entry)

        with self._bus.entries.heard_by(hear), self._bus.unkept.heard_by(hear):
            yield _messages(heard)

    def policy(self) -> Policy | None:
        return self._bus.latest.policy

    @contextmanager
    def busy(self, why: str) -> Iterator[None]:
        self._busy += 1
        self.busy_because = why
        self.idle.clear()
        try:
            yield
        finally:
            self._busy -= 1
            if not self._busy:
                self.busy_because = ""
                self.idle.set()


async def _messages(entries: AsyncIterator[Entry]) -> AsyncIterator[Event | State]:
    async for entry in entries:
        if isinstance(entry.message, Event | State):
            yield entry.message
