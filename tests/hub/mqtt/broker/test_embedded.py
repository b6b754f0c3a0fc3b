"""amqtt inside the process: what the demo needs of a broker where no mosquitto is installed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest

from hub.lab import Broker
from hub.mqtt.broker.embedded import AmqttBroker
from hub.mqtt.broker.service import BrokerLost, broker_for
from tests.brokers import free_port


@asynccontextmanager
async def embedded(folder: Path) -> AsyncIterator[int]:
    service = AmqttBroker(Broker(port=free_port()), folder, demo=True)
    task = asyncio.create_task(service.run(), name="broker")
    try:
        yield await asyncio.wait_for(service.listening(), 10)
    finally:
        task.cancel()
        await asyncio.wait([task])


def client(port: int, **options: object) -> aiomqtt.Client:
    return aiomqtt.Client("127.0.0.1", port, protocol=aiomqtt.ProtocolVersion.V311, **options)  # type: ignore[arg-type]  # as given


async def first(listener: aiomqtt.Client) -> aiomqtt.Message:
    async with asyncio.timeout(10):
        return await anext(aiter(listener.messages))


async def test_it_is_the_broker_where_no_mosquitto_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("hub.mqtt.broker.service.ALSO_LOOK_IN", "")
    assert isinstance(broker_for(Broker(), tmp_path, demo=True), AmqttBroker)


async def test_a_message_reaches_who_subscribed_at_least_once(tmp_path: Path) -> None:
    async with embedded(tmp_path) as port, client(port) as speaker, client(port) as listener:
        await listener.subscribe("alcolab/#", qos=1)
        await speaker.publish("alcolab/x", b"heard", qos=1)
        message = await first(listener)
        assert (message.payload, message.qos, message.retain) == (b"heard", 1, False)


async def test_who_comes_later_gets_what_was_retained(tmp_path: Path) -> None:
    async with embedded(tmp_path) as port:
        async with client(port) as speaker:
            await speaker.publish("alcolab/x", b"kept", qos=1, retain=True)
        async with client(port) as listener:
            await listener.subscribe("alcolab/#", qos=1)
            message = await first(listener)
        assert (message.payload, message.retain) == (b"kept", True)


async def test_the_will_of_who_vanishes_is_published(tmp_path: Path) -> None:
    async with embedded(tmp_path) as port, client(port) as listener:
        await listener.subscribe("alcolab/will", qos=1)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(CONNECT_WITH_WILL)
        assert (await reader.readexactly(4))[0] == 0x20
        writer.close()
        assert (await first(listener)).payload == b"gone"


async def test_passwords_need_mosquitto(tmp_path: Path) -> None:
    with pytest.raises(BrokerLost, match="apt install mosquitto"):
        await AmqttBroker(Broker(port=free_port(), username="lab"), tmp_path).run()


async def test_it_ends_without_leaving_anything_and_starts_again(tmp_path: Path) -> None:
    for _ in range(2):
        async with embedded(tmp_path) as port, client(port) as speaker:
            await speaker.publish("alcolab/x", b"", qos=1)


def _field(text: bytes) -> bytes:
    return len(text).to_bytes(2) + text


_CONNECT = _field(b"MQTT") + b"\x04\x0e\x00\x3c" + _field(b"vanishing") + _field(b"alcolab/will") + _field(b"gone")
CONNECT_WITH_WILL = b"\x10" + bytes([len(_CONNECT)]) + _CONNECT
"""MQTT 3.1.1, 3.1: clean session, a will at QoS 1, keep-alive of 60 s."""
