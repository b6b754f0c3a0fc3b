"""What comes in over MQTT goes to the bus: checked, without echoes, and without what nobody here knows."""

import logging
from collections.abc import Callable, Mapping

from devices.board.clock import Clock
from hub.bus import Availability, Bus, Entry, NodeStatus, SignedPolicy
from hub.lab import Lab, ServiceName
from hub.mqtt.command_edge import CommandEdge
from hub.mqtt.connection.packets import Incoming
from hub.mqtt.fields import BadPayload, parse_object
from hub.mqtt.mailbox import Outgoing, Say
from hub.mqtt.messages import (
    ONLINE,
    decode_availability,
    decode_backlog,
    decode_event,
    decode_reading,
    decode_state,
    decode_stored,
)
from hub.mqtt.remote_commands import RemoteCommands
from hub.mqtt.topics import DeviceTopic, DeviceTopicKind, DiscoveryTopic, NodeTopic, NodeTopicKind, Topics

log = logging.getLogger(__name__)

SAID_MOST = 256


class Inbound:
    """`hear` is called with each message as it arrives, on the event loop, and never waits."""

    def __init__(
        self,
        bus: Bus,
        lab: Lab,
        node: str,
        topics: Topics,
        clock: Clock,
        *,
        say: Say,
        commands: CommandEdge,
        replies: RemoteCommands,
    ) -> None:
        self.malformed = 0
        self.unknown = 0
        self._bus = bus
        self._node = node
        self._clock = clock
        self._say = say
        self._commands = commands
        self._replies = replies
        self.configure(lab, topics)
        self._said: set[str] = set()
        self._by_kind: Mapping[DeviceTopicKind, Callable[[DeviceTopic, Incoming], None]] = {
            DeviceTopicKind.READING: self._hear_reading,
            DeviceTopicKind.EVENT: self._hear_event,
            DeviceTopicKind.STATE: self._hear_state,
            DeviceTopicKind.AVAILABILITY: self._hear_availability,
            DeviceTopicKind.REPLY: self._hear_reply,
        }

    def configure(self, lab: Lab, topics: Topics) -> None:
        """Go by another configuration from now on."""
        self._lab = lab
        self._topics = topics
        self._own = lab.devices_of(self._node)
        self._keeps_history = ServiceName.HISTORY in lab.nodes[self._node].services
        self._has_members = ServiceName.MEMBERS in lab.nodes[self._node].services

    def hear(self, message: Incoming) -> None:
        topic = self._topics.parse(message.topic)
        try:
            if isinstance(topic, DeviceTopic):
                self._hear_of_device(topic, message)
            elif isinstance(topic, NodeTopic):
                self._hear_of_node(topic, message)
            elif isinstance(topic, DiscoveryTopic):
                self._hear_discovery(topic, message)
        except BadPayload as error:
            self._note_malformed(message.topic, error)

    def _note_malformed(self, topic: str, error: BadPayload) -> None:
        self.malformed += 1
        if topic not in self._said and len(self._said) < SAID_MOST:
            self._said.add(topic)
            log.warning("what came on %s is ignored: %s", topic, error)

    def _hear_of_device(self, topic: DeviceTopic, message: Incoming) -> None:
        if topic.kind is DeviceTopicKind.COMMAND:
            if topic.device in self._own:
                self._commands.take(topic.device, topic.name, message)
        elif topic.device not in self._lab.devices:
            self._hear_unknown(message)
        elif topic.kind is DeviceTopicKind.REPLY:
            self._hear_reply(topic, message)
        elif topic.device not in self._own and message.payload:
            self._by_kind[topic.kind](topic, message)

    def _hear_unknown(self, message: Incoming) -> None:
        """A device that was removed leaves retained topics behind, which only we can still clear."""
        self.unknown += 1
        if message.retained:
            self._say(Outgoing(message.topic, b"", retain=True))

    def _hear_reading(self, topic: DeviceTopic, message: Incoming) -> None:
        self._bus.relay(decode_reading(topic.device, topic.name, message.payload))

    def _hear_event(self, topic: DeviceTopic, message: Incoming) -> None:
        if not message.retained:
            self._bus.relay(decode_event(topic.device, topic.name, message.payload))

    def _hear_state(self, topic: DeviceTopic, message: Incoming) -> None:
        self._bus.relay(decode_state(topic.device, topic.name, message.payload))

    def _hear_availability(self, topic: DeviceTopic, message: Incoming) -> None:
        online = decode_availability(message.payload)
        self._bus.relay(Entry(topic.device, Availability(online, "", self._clock.now()), local=False))

    def _hear_reply(self, topic: DeviceTopic, message: Incoming) -> None:
        self._replies.answer(topic.device, topic.name, message.payload)

    def _hear_discovery(self, topic: DiscoveryTopic, message: Incoming) -> None:
        ours = (
            f"{self._topics.prefix}{topic.device}/".encode() in message.payload
        )  # another site's name may begin alike
        if ours and topic.device not in self._lab.devices:
            self._hear_unknown(message)

    def _hear_of_node(self, topic: NodeTopic, message: Incoming) -> None:
        if topic.node not in self._lab.nodes:
            self._hear_unknown(message)
            if self._has_members and message.retained:
                self._say(Outgoing(self._topics.node(topic.node, NodeTopicKind.POLICY), b"", retain=True))
        elif topic.node == self._node:
            self._hear_of_self(topic, message)
        elif topic.kind is NodeTopicKind.BACKLOG:
            if self._keeps_history and not message.retained:
                self._bus.backlogs.emit(decode_backlog(topic.node, message.payload))
        elif message.payload:
            self._hear_status(topic, message)

    def _hear_of_self(self, topic: NodeTopic, message: Incoming) -> None:
        if topic.kind is NodeTopicKind.AVAILABILITY and message.payload != ONLINE:
            self._say(Outgoing(message.topic, ONLINE, retain=True))
        elif topic.kind is NodeTopicKind.STORED and message.payload and not self._keeps_history:
            self._bus.stored.emit(decode_stored(topic.node, message.payload))
        elif topic.kind is NodeTopicKind.POLICY and message.payload and not self._has_members:
            self._bus.policies.emit(SignedPolicy(topic.node, message.payload, local=False))

    def _hear_status(self, topic: NodeTopic, message: Incoming) -> None:
        known = self._bus.latest.nodes.get(topic.node, NodeStatus(topic.node, online=False))
        if topic.kind is NodeTopicKind.AVAILABILITY:
            self._bus.report(NodeStatus(topic.node, decode_availability(message.payload), known.info))
        elif topic.kind is NodeTopicKind.INFO:
            self._bus.report(NodeStatus(topic.node, known.online, parse_object(message.payload)))
