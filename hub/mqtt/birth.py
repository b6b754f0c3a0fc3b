"""What is said after every connect: the broker may have forgotten everything."""

from collections.abc import Iterator
from math import ceil

from devices.device import State
from hub.bus import Availability, Bus, SignedPolicy
from hub.lab import Lab
from hub.mqtt.freshness import Freshness
from hub.mqtt.mailbox import Outgoing
from hub.mqtt.messages import ONLINE, encode_availability, encode_reading, encode_state
from hub.mqtt.topics import DeviceTopicKind, NodeTopicKind, Topics


def birth(bus: Bus, lab: Lab, node: str, topics: Topics, freshness: Freshness) -> Iterator[Outgoing]:
    """Node, policies, discovery, availability, states and the readings that are still fresh, in this order."""
    from hub.mqtt.discovery import discovery_messages

    yield Outgoing(topics.node(node, NodeTopicKind.AVAILABILITY), ONLINE, retain=True)
    for signed in tuple(bus.latest.policies.values()):
        if signed.local and signed.node in lab.nodes and signed.node != node:
            yield policy(topics, signed)
    for topic, payload in discovery_messages(lab, node):
        yield Outgoing(topic, payload, retain=True)
    own = lab.devices_of(node)
    for device in own:
        said = bus.latest.availability.get(device)
        online = said is not None and isinstance(said.message, Availability) and said.message.online
        yield availability(topics, device, online=online)
    for (device, _), entry in tuple(bus.latest.states.items()):
        if device in own and isinstance(entry.message, State):
            yield state(topics, device, entry.message)
    for entry, reading, left_s in freshness.fresh():
        if entry.device in own:
            yield Outgoing(
                topics.device(entry.device, DeviceTopicKind.READING, reading.channel),
                encode_reading(reading, entry.log, entry.seq),
                retain=True,
                expiry_s=None if left_s is None else ceil(left_s),
            )


def availability(topics: Topics, device: str, *, online: bool) -> Outgoing:
    return Outgoing(topics.device(device, DeviceTopicKind.AVAILABILITY), encode_availability(online), retain=True)


def policy(topics: Topics, signed: SignedPolicy) -> Outgoing:
    return Outgoing(topics.node(signed.node, NodeTopicKind.POLICY), signed.payload, retain=True)


def state(topics: Topics, device: str, message: State) -> Outgoing:
    return Outgoing(topics.device(device, DeviceTopicKind.STATE, message.name), encode_state(message), retain=True)
