"""Every topic of the lab, built and read in this one place. `docs/topics.md` describes them all."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias

ANY = "+"
"""MQTT's wildcard for one level."""
NAME = re.compile(r"[a-z0-9-]{1,63}")
IDENTIFIER = re.compile(r"[A-Za-z0-9-]{1,64}")
UNKNOWN = "unknown"
"""Where the reply to a command goes whose id cannot be read."""
REMEMBERED = 4096
"""How many topics stay parsed; a lab has some hundreds, replies come and go."""


class NodeTopicKind(StrEnum):
    AVAILABILITY = "availability"
    INFO = "info"
    BACKLOG = "backlog"
    STORED = "stored"
    POLICY = "policy"


class DeviceTopicKind(StrEnum):
    AVAILABILITY = "availability"
    READING = "reading"
    STATE = "state"
    EVENT = "event"
    COMMAND = "command"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class NodeTopic:
    """`alcolab/<site>/node/<node>/<kind>`."""

    node: str
    kind: NodeTopicKind


@dataclass(frozen=True, slots=True)
class DeviceTopic:
    """`alcolab/<site>/<device>/<kind>[/<name>]`: the name of a channel, state, event or action, or a reply's id."""

    device: str
    kind: DeviceTopicKind
    name: str = ""


@dataclass(frozen=True, slots=True)
class DiscoveryTopic:
    """`homeassistant/device/<site>-<device>/config`."""

    device: str


Topic: TypeAlias = NodeTopic | DeviceTopic | DiscoveryTopic


class Topics:
    """The topics of one site."""

    def __init__(self, site: str) -> None:
        self.prefix = f"alcolab/{site}/"
        self.every_discovery = f"homeassistant/device/{ANY}/config"
        self._discovery_prefix = f"homeassistant/device/{site}-"
        self.parse = lru_cache(REMEMBERED)(self._parse)
        """What a topic is about; None where it is none of this site's."""

    def node(self, node: str, kind: NodeTopicKind) -> str:
        return f"{self.prefix}node/{node}/{kind}"

    def device(self, device: str, kind: DeviceTopicKind, name: str = "") -> str:
        topic = f"{self.prefix}{device}/{kind}"
        return f"{topic}/{name}" if name else topic

    def discovery(self, device: str) -> str:
        return f"{self._discovery_prefix}{device}/config"

    def _parse(self, topic: str) -> Topic | None:
        if topic.startswith(self.prefix):
            levels = topic[len(self.prefix) :].split("/")
            return _node_topic(levels) if levels[0] == "node" else _device_topic(levels)
        if topic.startswith(self._discovery_prefix) and topic.endswith("/config"):
            device = topic[len(self._discovery_prefix) : -len("/config")]
            return DiscoveryTopic(device) if NAME.fullmatch(device) else None
        return None


def _node_topic(levels: list[str]) -> NodeTopic | None:
    match levels:
        case ["node", node, kind] if NAME.fullmatch(node) and kind in NODE_KINDS:
            return NodeTopic(node, NODE_KINDS[kind])
        case _:
            return None


def _device_topic(levels: list[str]) -> DeviceTopic | None:
    match levels:
        case [device, "availability"] if NAME.fullmatch(device):
            return DeviceTopic(device, DeviceTopicKind.AVAILABILITY)
        case [device, "reply", name] if NAME.fullmatch(device) and IDENTIFIER.fullmatch(name):
            return DeviceTopic(device, DeviceTopicKind.REPLY, name)
        case [device, kind, name] if NAME.fullmatch(device) and kind in NAMED_KINDS and NAME.fullmatch(name):
            return DeviceTopic(device, NAMED_KINDS[kind], name)
        case _:
            return None


NODE_KINDS = {str(kind): kind for kind in NodeTopicKind}
NAMED_KINDS = {
    str(kind): kind
    for kind in (DeviceTopicKind.READING, DeviceTopicKind.STATE, DeviceTopicKind.EVENT, DeviceTopicKind.COMMAND)
}
