"""Feeds one connection: first what is in the mailbox, then live readings and events, and a little backlog beside."""

import asyncio
import logging
from math import ceil

from devices.device import Event, Reading
from hub.bus import Entry
from hub.mqtt.connection.client import Acknowledged, Connection
from hub.mqtt.connection.packets import FIRST_ERROR, NOT_AUTHORIZED
from hub.mqtt.mailbox import Mailbox, Outgoing
from hub.mqtt.messages import encode_event, encode_reading
from hub.mqtt.outbox.batch import Batch
from hub.mqtt.outbox.outbox import Outbox
from hub.mqtt.topics import DeviceTopicKind, NodeTopicKind, Topics

log = logging.getLogger(__name__)

BACKLOG_UNDER_WAY = 2
"""Batches that the broker has not yet acknowledged: so few that live values hardly wait behind them."""
EXPIRES_AFTER_PERIODS = 3
EXPIRY_MOST_S = 2**32 - 1
"""Four bytes (MQTT 5.0, 3.3.2.3.3)."""


class Refusals:
    """What the broker did not accept, said once for each reason."""

    def __init__(self) -> None:
        self.count = 0
        self._said: set[int] = set()

    def note(self, topic: str, reason: int) -> None:
        self.count += 1
        if reason not in self._said:
            self._said.add(reason)
            why = (
                "our rights do not allow it: check its access list" if reason == NOT_AUTHORIZED else f"reason {reason}"
            )
            log.error("the broker refuses what we publish on %s and perhaps more; %s", topic, why)


class Sender:
    """`pump` is called whenever there is something to send, or room to send it."""

    def __init__(
        self, connection: Connection, *, node: str, topics: Topics, mailbox: Mailbox, outbox: Outbox, refusals: Refusals
    ) -> None:
        self._connection = connection
        self._mailbox = mailbox
        self._outbox = outbox
        self._refusals = refusals
        self._topics = topics
        self._backlog_topic = topics.node(node, NodeTopicKind.BACKLOG)
        self._room = max(1, connection.window - BACKLOG_UNDER_WAY)

    def pump(self) -> None:
        """Send as much as the window allows."""
        while self._connection.under_way < self._room and not self._connection.is_lost:
            if (message := self._mailbox.take()) is not None:
                self._say(message)
            elif (entry := self._outbox.take_live()) is not None:
                self._report(entry)
            else:
                return

    async def send_backlog(self) -> None:
        """Until cancelled."""
        free = asyncio.Semaphore(BACKLOG_UNDER_WAY)
        while True:
            await free.acquire()
            batch = await self._outbox.next_batch()
            self._send_batch(batch, free)

    def _send_batch(self, batch: Batch, free: asyncio.Semaphore) -> None:
        def acknowledged(reason: int) -> None:
            free.release()
            if self._accepted(self._backlog_topic, reason):
                self._outbox.published_batch(batch)

        self._connection.publish(self._backlog_topic, batch.payload, acknowledged=acknowledged)

    def _say(self, message: Outgoing) -> None:
        def acknowledged(reason: int) -> None:
            self._accepted(message.topic, reason)

        self._connection.publish(
            message.topic,
            message.payload,
            acknowledged=acknowledged,
            retain=message.retain,
            expiry_s=message.expiry_s,
            correlation=message.correlation,
        )

    def _report(self, entry: Entry) -> None:
        match entry.message:
            case Reading() as reading:
                topic = self._topics.device(entry.device, DeviceTopicKind.READING, reading.channel)
                payload = encode_reading(reading, entry.log, entry.seq)
                expiry = expiry_s(reading.period_s)
                self._connection.publish(
                    topic, payload, retain=True, expiry_s=expiry, acknowledged=self._reported(entry, topic)
                )
            case Event() as event:
                topic = self._topics.device(entry.device, DeviceTopicKind.EVENT, event.kind)
                payload = encode_event(event, entry.log, entry.seq)
                self._connection.publish(topic, payload, acknowledged=self._reported(entry, topic))

    def _reported(self, entry: Entry, topic: str) -> Acknowledged:
        def acknowledged(reason: int) -> None:
            if self._accepted(topic, reason):
                self._outbox.published(entry)

        return acknowledged

    def _accepted(self, topic: str, reason: int) -> bool:
        if reason < FIRST_ERROR:
            return True
        self._refusals.note(topic, reason)
        return False


def expiry_s(period_s: float | None) -> int | None:
    """After how long a broker forgets a reading: old values must not look fresh."""
    return None if period_s is None else min(ceil(EXPIRES_AFTER_PERIODS * period_s), EXPIRY_MOST_S)
