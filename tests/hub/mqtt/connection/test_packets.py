"""Our reading of the two frequent packets, held against paho's."""

from typing import Any

import paho.mqtt._packet as paho_packet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from hub.mqtt.connection.packets import Malformed, parse_puback, parse_publish, publish_packet, publish_properties

TOPICS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40)


def version(mqtt5: bool) -> MQTTProtocolVersion:
    return MQTTProtocolVersion.MQTTv5 if mqtt5 else MQTTProtocolVersion.MQTTv311


def properties(expiry: int | None, response: str | None, correlation: bytes | None, user: str | None) -> Any:
    found: Any = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho's has no types
    for name, value in {
        "MessageExpiryInterval": expiry,
        "ResponseTopic": response,
        "CorrelationData": correlation,
        "UserProperty": None if user is None else (user, user),
    }.items():
        if value is not None:
            setattr(found, name, value)
    return found


PROPERTIES = st.builds(
    properties,
    st.none() | st.integers(0, 2**32 - 1),
    st.none() | TOPICS,
    st.none() | st.binary(max_size=200),
    st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=100),
)


@given(
    topic=TOPICS,
    payload=st.binary(max_size=300),
    qos=st.sampled_from([0, 1]),
    retain=st.booleans(),
    mid=st.integers(1, 65535),
    props=PROPERTIES,
    mqtt5=st.booleans(),
)
def test_a_publish_is_read_as_paho_reads_it(
    *, topic: str, payload: bytes, qos: int, retain: bool, mid: int, props: Any, mqtt5: bool
) -> None:
    header = 0x30 | qos << 1 | retain
    name = topic.encode()
    packet = (
        len(name).to_bytes(2) + name + (mid.to_bytes(2) if qos else b"") + (props.pack() if mqtt5 else b"") + payload
    )
    expected = paho_packet.decode_publish(header, packet, version(mqtt5))
    message, message_id = parse_publish(header, bytearray(packet), mqtt5=mqtt5)
    assert (message.topic, message.payload, message.retained, message_id) == (
        expected.topic.decode(),
        expected.payload,
        expected.retain,
        expected.mid,
    )
    assert message.response_topic == getattr(expected.properties, "ResponseTopic", None)
    assert message.correlation == getattr(expected.properties, "CorrelationData", None)


@given(st.integers(0, 255), st.binary(max_size=60), st.booleans())
def test_any_bytes_are_a_publish_or_malformed(header: int, packet: bytes, mqtt5: bool) -> None:
    try:
        parse_publish(header, packet, mqtt5=mqtt5)
    except Malformed:
        return


@given(st.integers(1, 65535), st.sampled_from([b"", b"\x00", b"\x10", b"\x87", b"\x87\x00"]))
def test_a_puback_is_read_as_paho_reads_it(mid: int, rest: bytes) -> None:
    packet = mid.to_bytes(2) + rest
    expected = paho_packet.decode_puback(0x40, packet, MQTTProtocolVersion.MQTTv5)
    assert parse_puback(packet) == (expected.mid, expected.reason.value)


@pytest.mark.parametrize("packet", [b"", b"\x01"])
def test_a_puback_without_its_id_is_malformed(packet: bytes) -> None:
    with pytest.raises(Malformed):
        parse_puback(packet)


def test_properties_packed_once_are_those_that_paho_would_pack() -> None:
    assert publish_properties(180, b"abc") == properties(180, None, b"abc", None).pack()
    assert publish_properties(180) is publish_properties(180)


@given(
    topic=TOPICS,
    payload=st.binary(max_size=300) | st.binary(min_size=1, max_size=1).map(lambda one: one * 70_000),
    retain=st.booleans(),
    mid=st.integers(1, 65535),
    expiry=st.none() | st.integers(0, 2**32 - 1),
    mqtt5=st.booleans(),
)
def test_a_publish_is_written_as_paho_writes_it(
    *, topic: str, payload: bytes, retain: bool, mid: int, expiry: int | None, mqtt5: bool
) -> None:
    client: Any = Client(CallbackAPIVersion.VERSION2, protocol=version(mqtt5))
    client._sock = object()
    client._send_publish(
        mid, topic.encode(), payload, 1, retain, properties=properties(expiry, None, None, None) if mqtt5 else None
    )
    packed = publish_properties(expiry) if mqtt5 else b""
    assert publish_packet(topic, payload, mid, retain=retain, properties=packed) == client._out_packet[0]["packet"]
    client._sock = None
