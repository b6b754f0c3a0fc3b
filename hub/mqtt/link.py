"""The MQTT link: keeps this Pi's part of the bus joined to the others' through the broker.

Loss and recovery are said once. What cannot be sent meanwhile waits in the outbox, or is said again at the next birth.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from devices.board.blocking import BlockingCalls
from devices.board.clock import Clock, until_beat_s
from devices.device import Reading, State
from devices.errors import AlcolabError
from hub.bus import Availability, Backlog, Bus, Entry, NodeStatus, Stored
from hub.lab import Lab, ServiceName
from hub.mqtt import birth
from hub.mqtt.command_edge import CommandEdge
from hub.mqtt.connection.access import Access, BrokerLost, NotLetIn
from hub.mqtt.connection.client import MQTT5, MQTT311, Connection, OldBroker, TakenOver, Will, connected
from hub.mqtt.connection.packets import Incoming
from hub.mqtt.freshness import Freshness
from hub.mqtt.inbound import Inbound
from hub.mqtt.mailbox import Mailbox, Outgoing
from hub.mqtt.messages import OFFLINE, encode, encode_reading, encode_stored
from hub.mqtt.node_info import node_info
from hub.mqtt.outbox.outbox import Outbox
from hub.mqtt.policy_post import PolicyPost
from hub.mqtt.remote_commands import RemoteCommands
from hub.mqtt.sender import Refusals, Sender
from hub.mqtt.subscriptions import subscriptions
from hub.mqtt.topics import DeviceTopicKind, NodeTopicKind, Topics
from hub.supervisor import backoff_s

log = logging.getLogger(__name__)

RECONNECT_MOST_S = 15.0
NOT_LET_IN_S = 300.0
"""A broker that refuses us is asked again so seldom, or when the configuration is read again."""
TAKEN_OVER_S = 30.0
INFO_EVERY_S = 5.0
FAREWELL_S = 1.0


@dataclass(slots=True)
class LinkStatus:
    """For `/health`, `/metrics` and `doctor`."""

    broker: str
    connected: bool = False
    mqtt: str = ""
    """`5` or `3.1.1`; empty until connected for the first time."""
    problem: str = "not connected yet"
    connects: int = 0


class Link:
    """Runs until cancelled; then says that this Pi is offline."""

    def __init__(self, bus: Bus, outbox: Outbox, lab: Lab, node: str, clock: Clock) -> None:
        self.status = LinkStatus(str(Access(lab.broker)))
        self._bus = bus
        self._outbox = outbox
        self._node = node
        self._clock = clock
        self._calls = BlockingCalls()
        self._mailbox = Mailbox()
        self._freshness = Freshness()
        self._refusals = Refusals()
        self._sender: Sender | None = None
        self._reloaded = asyncio.Event()
        self._protocol = MQTT5
        self._lost_at: float | None = None
        self._info: dict[str, object] = {}
        topics = Topics(lab.site)
        self._commands = CommandEdge(bus, topics, self._say)
        self._remote = RemoteCommands(bus, lab, topics, clock, self._send)
        self._policies = PolicyPost(bus, node, topics, self._say)
        self._inbound = Inbound(
            bus, lab, node, topics, clock, say=self._say, commands=self._commands, replies=self._remote
        )
        self._configure(lab)

    def _configure(self, lab: Lab) -> None:
        self._lab = lab
        self._access = Access(lab.broker)
        self._topics = self._commands.topics = self._remote.topics = self._policies.topics = Topics(lab.site)
        self._remote.lab = lab
        self._inbound.configure(lab, self._topics)
        self._keeps_history = ServiceName.HISTORY in lab.nodes[self._node].services

    def reload(self, lab: Lab) -> None:
        """Go over to a new configuration: connect again, at once, and say everything anew."""
        for device in self._lab.devices.keys() - lab.devices.keys():
            self._freshness.forget(device)
        self._configure(lab)
        self.status.broker = str(self._access)
        self._protocol = MQTT5
        self._reloaded.set()

    async def run(self) -> None:
        """Keep connected until cancelled."""
        with self._on_the_bus():
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._stay_connected(), name="link: connection")
                    tasks.create_task(self._keep_informed(), name="link: info")
                    if self._keeps_history:
                        tasks.create_task(self._feed_own_history(), name="link: own backlog")
            finally:
                await self._commands.close()

    @contextmanager
    def _on_the_bus(self) -> Iterator[None]:
        with ExitStack() as hearing:
            hearing.enter_context(self._bus.entries.heard_by(self._hear_entry))
            hearing.enter_context(self._bus.stored.heard_by(self._hear_stored))
            hearing.enter_context(self._policies.on_the_bus())
            hearing.enter_context(self._bus.reaching(self._remote.ask))
            yield

    # From the bus.

    def _hear_entry(self, entry: Entry) -> None:
        if not entry.local:
            return
        message = entry.message
        if isinstance(message, Reading):
            self._freshness.take(entry, message)
        elif isinstance(message, State):
            self._say(birth.state(self._topics, entry.device, message))
        elif isinstance(message, Availability):
            self._say(birth.availability(self._topics, entry.device, online=message.online))

    def _hear_stored(self, stored: Stored) -> None:
        self._outbox.stored(stored)
        if self._keeps_history:
            self._say(
                Outgoing(self._topics.node(stored.node, NodeTopicKind.STORED), encode_stored(stored), retain=True)
            )

    def _say(self, message: Outgoing) -> None:
        """As soon as there is a connection."""
        self._mailbox.put(message)
        if self._sender is not None:
            self._sender.pump()

    def _send(self, message: Outgoing) -> bool:
        """Now or never."""
        if self._sender is None:
            return False
        self._say(message)
        return True

    # Connecting.

    async def _stay_connected(self) -> None:
        failures = 0
        while True:
            before = self.status.connects
            try:
                await self._connect()
                wait_s = 0.0
            except OldBroker as error:
                log.debug("%s; trying MQTT 3.1.1", error)
                self._protocol = MQTT311
                continue
            except NotLetIn as error:
                self._note_lost(error)
                wait_s = NOT_LET_IN_S
            except BrokerLost as error:
                self._note_lost(error)
                failures = 1 if self.status.connects > before else failures + 1
                wait_s = TAKEN_OVER_S if isinstance(error, TakenOver) else min(backoff_s(failures), RECONNECT_MOST_S)
                if self.status.connects == before:
                    self._protocol = MQTT5  # what closed the connection without a word may have been replaced
            await self._wait_or_reload(wait_s)

    async def _wait_or_reload(self, wait_s: float) -> None:
        try:
            async with asyncio.timeout(wait_s):
                await self._reloaded.wait()
        except TimeoutError:
            pass
        self._reloaded.clear()

    async def _connect(self) -> None:
        """One connection, until it is lost or the configuration changes.

        Raises:
            BrokerLost, NotLetIn: why there is none any more.
        """
        will = Will(self._topics.node(self._node, NodeTopicKind.AVAILABILITY), OFFLINE)
        name = f"alcolab-{self._lab.site}-{self._node}"
        async with connected(self._access, self._calls, version=self._protocol, name=name, will=will) as connection:
            try:
                await self._serve(connection)
            finally:
                self._outbox.live.close()
                self._sender = None
                self.status.connected = False
                await self._say_farewell(connection, will)

    async def _serve(self, connection: Connection) -> None:
        sender = Sender(
            connection,
            node=self._node,
            topics=self._topics,
            mailbox=self._mailbox,
            outbox=self._outbox,
            refusals=self._refusals,
        )
        connection.hear = self._inbound.hear
        connection.room_made = sender.pump
        for refused in await connection.subscribe(list(subscriptions(self._lab, self._node, self._topics))):
            log.error("the broker does not let us subscribe to %s: check its access list", refused.topic)
        self._note_connected(connection)
        self._be_born(sender)
        background = []
        if not connection.mqtt5:
            background.append(asyncio.create_task(self._watch_expiry(), name="link: expiry"))
        if not self._keeps_history:
            self._outbox.restart_backlog()
            background.append(asyncio.create_task(sender.send_backlog(), name="link: backlog"))
        reloading = asyncio.create_task(self._reloaded.wait(), name="link: reload?")
        losing = asyncio.create_task(connection.until_lost(), name="link: lost?")
        try:
            await asyncio.wait([reloading, losing, *background], return_when=asyncio.FIRST_COMPLETED)
            for mistaken in (task for task in background if task.done()):
                mistaken.result()
        finally:
            await _end(reloading, losing, *background)
        if connection.is_lost:
            raise await connection.until_lost()

    def _be_born(self, sender: Sender) -> None:
        self._mailbox.begin_again()
        self._sender = sender
        for message in birth.birth(self._bus, self._lab, self._node, self._topics, self._freshness):
            self._mailbox.put(message)
        self._mailbox.put(self._info_message())
        self._outbox.live.open(sender.pump)
        sender.pump()

    async def _say_farewell(self, connection: Connection, will: Will) -> None:
        """A Pi that stops in good order says so itself."""
        if connection.is_lost or self._reloaded.is_set():
            return
        connection.hear = _no_more  # else our own word would come back, and be corrected to `online`
        heard = asyncio.Event()
        connection.publish(will.topic, will.payload, retain=True, acknowledged=lambda _: heard.set())
        try:
            async with asyncio.timeout(FAREWELL_S):
                await heard.wait()
        except TimeoutError:
            pass

    async def _watch_expiry(self) -> None:
        """MQTT 3.1.1 knows no expiry: what became old is said again without its value."""
        while True:
            await asyncio.sleep(until_beat_s())
            for entry, reading in self._freshness.newly_expired():
                topic = self._topics.device(entry.device, DeviceTopicKind.READING, reading.channel)
                self._say(Outgoing(topic, encode_reading(reading, entry.log, entry.seq), retain=True))

    async def _feed_own_history(self) -> None:
        """Where the history is in this process, backlog needs no broker."""
        self._outbox.restart_backlog()
        while True:
            batch = await self._outbox.next_batch()
            self._bus.backlogs.emit(Backlog(self._node, batch.log, batch.entries, batch.first, batch.lost))

    # What is said of it.

    def _note_connected(self, connection: Connection) -> None:
        self.status.connected = True
        self.status.connects += 1
        self.status.mqtt = "5" if connection.mqtt5 else "3.1.1"
        self.status.problem = ""
        if self._lost_at is None:
            log.info("connected to %s with MQTT %s", self._access, self.status.mqtt)
        else:
            log.info("%s is back after %.0f s", self._access, time.monotonic() - self._lost_at)
        self._lost_at = None

    def _note_lost(self, error: AlcolabError) -> None:
        if self._lost_at is None:
            self._lost_at = time.monotonic()
            log.warning("%s; readings and events wait in the outbox", error)
        elif isinstance(error, NotLetIn) and self.status.problem != str(error):
            log.error("%s", error)
        self.status.problem = str(error)

    async def _keep_informed(self) -> None:
        while True:
            counts = {
                "refused-commands": self._commands.refused,
                "refused-publishes": self._refusals.count,
                "malformed": self._inbound.malformed,
                "unknown": self._inbound.unknown,
                "dropped-messages": self._mailbox.dropped,
                "connects": self.status.connects,
            }
            info = node_info(self._lab, self._clock, self._outbox, counts, self._bus.latest)
            if info != self._info:
                self._info = info
                self._bus.report(NodeStatus(self._node, online=True, info=info))
                self._say(self._info_message())
            await asyncio.sleep(until_beat_s(INFO_EVERY_S))

    def _info_message(self) -> Outgoing:
        return Outgoing(self._topics.node(self._node, NodeTopicKind.INFO), encode(self._info).encode(), retain=True)


def _no_more(_: Incoming) -> None:
    """We are leaving."""


async def _end(*tasks: "asyncio.Task[object]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
