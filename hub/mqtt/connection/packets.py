"""The MQTT packets that come and go by the thousand, without paho's general coder and decoder.

Paho builds several objects and a dictionary of all properties for each packet: half of what a message costs. These
functions read and write the same bytes (MQTT 5.0, OASIS 2019, sections 2.2.2, 3.3 and 3.4); a test holds them
against paho's.
"""

import struct
from dataclasses import dataclass
from functools import lru_cache

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

PUBLISH_NO_SUBSCRIBERS = 16
"""A PUBACK's reason: accepted, and nobody listens."""
FIRST_ERROR = 128
"""Reason codes from here on are failures."""
NOT_AUTHORIZED = 135
ONLY_AN_EXPIRY = b"\x05\x02"
"""Five bytes of properties, the first of which says Message Expiry Interval: as every reading comes."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as it arrived. `response_topic` and `correlation` are MQTT 5's, for commands."""

    topic: str
    payload: bytes
    retained: bool
    response_topic: str | None = None
    correlation: bytes | None = None


class Malformed(ValueError):
    """Not an MQTT packet: the connection cannot be trusted any further."""


def parse_puback(packet: bytes | bytearray) -> tuple[int, int]:
    """Message id and reason code (0 where none is given) from what follows the fixed header."""
    if len(packet) < 2:
        raise Malformed("PUBACK without a message id")
    return packet[0] << 8 | packet[1], packet[2] if len(packet) > 2 else 0


def parse_publish(header: int, packet: bytes | bytearray, *, mqtt5: bool) -> tuple[Incoming, int]:
    """The message and its id (0 at QoS 0) from the header's first byte and what follows the fixed header.

    Raises:
        Malformed: it is cut short, or its topic or properties are not what they should be.
    """
    try:
        (length,) = struct.unpack_from("!H", packet)
        position = 2 + length
        topic = packet[2:position].decode()
        message_id = 0
        if header & 0x06:
            (message_id,) = struct.unpack_from("!H", packet, position)
            position += 2
        response_topic, correlation = None, None
        if mqtt5:
            if not packet[position]:
                position += 1
            elif packet[position : position + 2] == ONLY_AN_EXPIRY:
                position += 6
            else:
                position, response_topic, correlation = _parse_properties(packet, position)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise Malformed(f"PUBLISH: {error}") from None
    if position > len(packet):
        raise Malformed("PUBLISH is cut short")
    return Incoming(topic, bytes(packet[position:]), bool(header & 0x01), response_topic, correlation), message_id


def _parse_properties(packet: bytes | bytearray, position: int) -> tuple[int, str | None, bytes | None]:
    """Where they end, and the two that matter. Paho reads them: they are rare."""
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho's has no types
    try:
        _, length = properties.unpack(bytes(packet[position:]))  # type: ignore[no-untyped-call]
    except Exception as error:  # noqa: BLE001 - paho raises whatever its parsing stumbles over
        raise Malformed(f"PUBLISH properties: {error}") from None
    return (
        position + length,
        getattr(properties, "ResponseTopic", None),
        getattr(properties, "CorrelationData", None),
    )


@lru_cache(256)
def publish_properties(expiry_s: int | None = None, correlation: bytes | None = None) -> bytes:
    """What goes with a message in MQTT 5, made once for thousands: after `expiry_s` seconds the broker forgets it."""
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho's has no types
    if expiry_s is not None:
        properties.MessageExpiryInterval = expiry_s
    if correlation is not None:
        properties.CorrelationData = correlation
    packed: bytes = properties.pack()  # type: ignore[no-untyped-call]
    return packed


def publish_packet(topic: str, payload: bytes, message_id: int, *, retain: bool, properties: bytes) -> bytes:
    """A message at QoS 1; `properties` are empty before MQTT 5."""
    name = topic.encode()
    rest = b"%b%b%b%b%b" % (len(name).to_bytes(2), name, message_id.to_bytes(2), properties, payload)
    return b"%c%b%b" % (0x33 if retain else 0x32, _length(len(rest)), rest)


def _length(length: int) -> bytes:
    """MQTT's variable byte integer (section 1.5.5): seven bits a byte, the lowest first."""
    if length < 128:
        return length.to_bytes()
    return (length & 0x7F | 0x80).to_bytes() + _length(length >> 7)
