"""Mosquitto as our child: private, remembered, and never an orphan."""

import asyncio
import logging
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiomqtt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hub.lab import Broker, BrokerTls
from hub.mqtt.broker.service import BrokerLost, BrokerService, broker_for
from tests.brokers import Mosquitto, find_mosquitto, free_port
from tests.waiting import until

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed (apt install mosquitto)"),
]


@asynccontextmanager
async def running(service: BrokerService) -> AsyncIterator[int]:
    """The service at work, and its port."""
    task = asyncio.create_task(service.run(), name="broker")
    listening = asyncio.create_task(service.listening(), name="listening")
    try:
        await asyncio.wait([task, listening], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield await listening
    finally:
        listening.cancel()
        task.cancel()
        await asyncio.wait([task, listening])


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


async def retained(port: int, topic: str) -> bytes | None:
    """What the broker remembers on a topic."""
    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.subscribe(topic)
        try:
            async with asyncio.timeout(1):
                async for message in client.messages:
                    assert isinstance(message.payload, bytes)
                    return message.payload
        except TimeoutError:
            return None
    return None


async def test_what_is_retained_survives_a_normal_restart(tmp_path: Path) -> None:
    broker = Broker(host="127.0.0.1", port=free_port())
    async with running(broker_for(broker, tmp_path)) as port, aiomqtt.Client("127.0.0.1", port) as client:
        await client.publish("alcolab/x", b"kept", qos=1, retain=True)
    async with running(broker_for(broker, tmp_path)) as port:
        assert await retained(port, "alcolab/x") == b"kept"


async def test_nobody_else_reads_the_broker_s_folder(tmp_path: Path) -> None:
    folder = tmp_path / "broker"
    async with running(broker_for(Broker(host="127.0.0.1", port=free_port()), folder)):
        assert folder.stat().st_mode & 0o777 == 0o700


async def test_a_demo_listens_on_this_machine_only(tmp_path: Path) -> None:
    async with running(broker_for(Broker(host="hub.local", port=free_port()), tmp_path, demo=True)) as port:
        with socket.socket() as other:
            other.bind(("127.0.0.2", port))  # would fail if the broker held every address


async def test_in_a_demo_a_taken_port_gives_way_to_the_next_free_one(mosquitto: Mosquitto, tmp_path: Path) -> None:
    async with running(broker_for(Broker(port=mosquitto.port), tmp_path, demo=True)) as port:
        assert port > mosquitto.port
        assert await retained(port, "alcolab/x") is None


async def test_a_broker_that_serves_the_port_already_is_used_and_replaced_when_it_goes(
    mosquitto: Mosquitto, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with running(broker_for(Broker(host="127.0.0.1", port=mosquitto.port), tmp_path)) as port:
        mosquitto.kill()
        await until(lambda: "takes its place" in caplog.text)
        await until(lambda: accepts(port))
        assert await retained(port, "alcolab/x") is None
    said = [record.message for record in caplog.records if "already" in record.message]
    assert said == [f"a broker serves port {port} already, and is used"]


async def test_a_port_taken_by_something_else_is_said(tmp_path: Path) -> None:
    async def shout(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n")
        writer.close()

    async with await asyncio.start_server(shout, "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]
        with pytest.raises(BrokerLost, match="no MQTT broker"):
            await broker_for(Broker(host="127.0.0.1", port=port), tmp_path).run()


async def test_a_broker_that_dies_is_reported_so_that_the_supervisor_starts_it_again(tmp_path: Path) -> None:
    service = broker_for(Broker(host="127.0.0.1", port=free_port()), tmp_path)
    task = asyncio.create_task(service.run())
    await service.listening()
    process = service._process  # type: ignore[attr-defined]  # the child is nobody else's business
    process.kill()
    with pytest.raises(BrokerLost, match="ended by itself"):
        await task


async def test_only_who_knows_the_password_gets_in_and_it_is_stored_hashed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("correct horse\n")
    broker = Broker(host="127.0.0.1", port=free_port(), username="lab", password_file=str(secret))
    async with running(broker_for(broker, tmp_path / "broker")) as port:
        async with aiomqtt.Client("127.0.0.1", port, username="lab", password="correct horse") as client:  # noqa: S106 - of this test
            await client.publish("x", b"")
        with pytest.raises(aiomqtt.MqttError):
            await aiomqtt.Client("127.0.0.1", port).__aenter__()
    written = b"".join(path.read_bytes() for path in (tmp_path / "broker").iterdir())
    assert b"correct horse" not in written


async def test_an_open_broker_on_the_network_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with running(broker_for(Broker(host="hub.local", port=free_port()), tmp_path)):
        assert "lets anybody in" in caplog.text


async def test_with_tls_a_client_shows_a_certificate(tmp_path: Path) -> None:
    tls = certificates(tmp_path)
    broker = Broker(host="127.0.0.1", port=free_port(), tls=tls)
    async with running(broker_for(broker, tmp_path / "broker")) as port:
        parameters = aiomqtt.TLSParameters(
            ca_certs=str(tls.ca), certfile=str(tls.cert), keyfile=str(tls.key), cert_reqs=ssl.CERT_REQUIRED
        )
        async with aiomqtt.Client("localhost", port, tls_params=parameters) as client:
            await client.publish("x", b"", qos=1)
        stranger = aiomqtt.TLSParameters(ca_certs=str(tls.ca))
        with pytest.raises((aiomqtt.MqttError, OSError)):
            await aiomqtt.Client("localhost", port, tls_params=stranger, timeout=3).__aenter__()


def test_when_the_hub_is_killed_its_broker_ends_too(tmp_path: Path) -> None:
    port = free_port()
    hub = subprocess.Popen(
        [sys.executable, "-c", HUB, str(tmp_path), str(port)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[4]
    )
    assert hub.stdout is not None
    assert hub.stdout.readline() == b"listening\n"
    os.kill(hub.pid, signal.SIGKILL)
    hub.wait(10)
    hub.stdout.read()  # ends when the last of its children has ended
    hub.stdout.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)


HUB = """
import asyncio, sys
from pathlib import Path
from hub.lab import Broker
from hub.mqtt.broker.service import broker_for
async def main():
    service = broker_for(Broker(host="127.0.0.1", port=int(sys.argv[2])), Path(sys.argv[1]))
    running = asyncio.create_task(service.run())
    await service.listening()
    print("listening", flush=True)
    await running
asyncio.run(main())
"""


def certificates(folder: Path) -> BrokerTls:
    """A certificate that signs itself, for `localhost`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return BrokerTls(ca=folder / "cert.pem", cert=folder / "cert.pem", key=folder / "key.pem")
