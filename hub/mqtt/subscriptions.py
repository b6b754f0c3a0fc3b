"""What this Pi wants to hear: as little as its services and devices need."""

from collections.abc import Iterator

from devices import CATALOGUE
from hub.lab import Lab, ServiceName
from hub.mqtt.connection.client import Filter
from hub.mqtt.topics import ANY, DeviceTopicKind, NodeTopicKind, Topics

WHOLE_SITE = {ServiceName.HISTORY, ServiceName.MEMBERS, ServiceName.WEB}
"""Services that want to know all that happens in the lab."""


def subscriptions(lab: Lab, node: str, topics: Topics) -> Iterator[Filter]:
    """Readings come at QoS 0: the outbox sees to it that none is lost, and a page can miss one."""
    services = set(lab.nodes[node].services)
    for device in lab.devices_of(node):
        yield Filter(topics.device(device, DeviceTopicKind.COMMAND, ANY), 1)
    if lab.needs_policy(node) and ServiceName.MEMBERS not in services:
        yield Filter(topics.node(node, NodeTopicKind.POLICY), 1)
    if services & WHOLE_SITE:
        yield from _whole_site(topics)
        if ServiceName.HISTORY in services:
            yield Filter(topics.node(ANY, NodeTopicKind.BACKLOG), 1)
        else:
            yield Filter(topics.node(node, NodeTopicKind.STORED), 1)
        return
    yield Filter(topics.node(node, NodeTopicKind.AVAILABILITY), 1)
    yield Filter(topics.node(node, NodeTopicKind.STORED), 1)
    for device in _heard(lab, node):
        yield Filter(topics.device(device, DeviceTopicKind.EVENT, ANY), 1)
        yield Filter(topics.device(device, DeviceTopicKind.STATE, ANY), 1)


def _whole_site(topics: Topics) -> Iterator[Filter]:
    yield Filter(topics.node(ANY, NodeTopicKind.AVAILABILITY), 1)
    yield Filter(topics.node(ANY, NodeTopicKind.INFO), 1)
    yield Filter(topics.device(ANY, DeviceTopicKind.AVAILABILITY), 1)
    yield Filter(topics.device(ANY, DeviceTopicKind.READING, ANY), 0)
    yield Filter(topics.device(ANY, DeviceTopicKind.STATE, ANY), 1)
    yield Filter(topics.device(ANY, DeviceTopicKind.EVENT, ANY), 1)
    yield Filter(topics.device(ANY, DeviceTopicKind.REPLY, ANY), 1)
    yield Filter(topics.every_discovery, 1)


def _heard(lab: Lab, node: str) -> Iterator[str]:
    """The devices of other Pis whose events and states ours want."""
    heard: set[str] = set()
    for entry in lab.devices_of(node).values():
        heard.update(CATALOGUE[entry.type].load().hears(entry.options))
    yield from sorted(heard - lab.devices_of(node).keys())
