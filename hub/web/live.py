"""Server-sent events: what happens in the lab, to as many browsers as one Pi can serve."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from fastapi.sse import ServerSentEvent

from hub.bus import Availability, Bus, Entry, NodeStatus, Subscription
from hub.web.models import ClockEvent, DeviceEvent
from hub.web.view import LabView

CLIENTS_AT_MOST = 100
WAITING_AT_MOST = 1024
"""Entries that one slow browser may have waiting; beyond it some go, and it is told everything anew."""
RETRY_MS = 3_000
CLOCK_EVERY_S = 20.0
"""A browser cannot see keep-alive comments: silence longer than a few of these tells it that the link is dead."""


class Full(Exception):
    """As many browsers as this Pi can serve are listening already."""


class Live:
    """The browsers that are listening."""

    def __init__(self, bus: Bus, view: LabView) -> None:
        self._bus = bus
        self._view = view
        self._listening: set[Subscription] = set()

    @property
    def clients(self) -> int:
        """How many browsers are listening."""
        return len(self._listening)

    def close(self) -> None:
        """End every stream at once: the server stops."""
        for subscription in self._listening:
            subscription.close()

    @contextmanager
    def listener(self) -> Iterator[Subscription]:
        """A place for one browser.

        Raises:
            Full: there is none left.
        """
        if self.clients >= CLIENTS_AT_MOST:
            raise Full
        with self._bus.subscribe(WAITING_AT_MOST) as subscription, self._bus.nodes.heard_by(self._repeat(subscription)):
            self._listening.add(subscription)
            try:
                yield subscription
            finally:
                self._listening.discard(subscription)

    def _repeat(self, subscription: Subscription) -> Callable[[NodeStatus], None]:
        """When a node comes or goes, so do its devices, though they say nothing themselves."""

        def repeat(status: NodeStatus) -> None:
            for device in self._view.lab.devices_of(status.node):
                if (known := self._bus.latest.availability.get(device)) is not None:
                    subscription.put(known)

        return repeat

    async def stream(self, subscription: Subscription, devices: frozenset[str]) -> AsyncIterator[ServerSentEvent]:
        """First everything that is known of `devices`, then what happens to them."""
        yield _clock()
        for event in self._everything(devices):
            yield event
        dropped = subscription.dropped
        while True:
            try:
                async with asyncio.timeout(CLOCK_EVERY_S):
                    entry = await anext(subscription)
            except TimeoutError:
                yield _clock()
                continue
            except StopAsyncIteration:
                return
            if subscription.dropped > dropped:
                dropped = subscription.dropped
                news = [*self._everything(devices), *self._told(entry, devices)]
            elif isinstance(entry.message, Availability):
                news = self._everything(devices & {entry.device})  # its readings are believed again, or no longer
            else:
                news = self._told(entry, devices)
            for event in news:
                yield event

    def _told(self, entry: Entry, devices: frozenset[str]) -> list[ServerSentEvent]:
        event = self._view.event(entry) if entry.device in devices else None
        return [] if event is None else [_sent(entry, event)]

    def _everything(self, devices: frozenset[str]) -> list[ServerSentEvent]:
        latest = self._bus.latest
        known = (*latest.availability.values(), *latest.readings.values(), *latest.states.values())
        return [event for entry in known for event in self._told(entry, devices)]


def _clock() -> ServerSentEvent:
    return ServerSentEvent(event="clock", data=ClockEvent(now=datetime.now(UTC)), retry=RETRY_MS)


def _sent(entry: Entry, event: DeviceEvent) -> ServerSentEvent:
    return ServerSentEvent(event=event.sent_as, data=event, id=f"{entry.log}/{entry.seq}" if entry.log else None)
