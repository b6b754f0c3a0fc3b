"""The adapter over aiomqtt: a connection that opens, publishes and ends without leaking, whatever the broker does."""

import asyncio
import datetime as dt
import inspect
import ipaddress
import re
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import paho.mqtt.client as paho
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from devices.board.blocking import BlockingCalls
from hub.lab import Broker, BrokerTls
from hub.mqtt.connection import client as adapter
from hub.mqtt.connection.access import Access, BrokerLost, NotLetIn
from hub.mqtt.connection.client import MQTT5, MQTT311, Connection, Filter, OldBroker, TakenOver, Will, connected
from hub.mqtt.connection.packets import NOT_AUTHORIZED, PUBLISH_NO_SUBSCRIBERS, Incoming
from tests.brokers import Mosquitto
from tests.waiting import until

WILL = Will("will", b"gone")
BOTH = pytest.mark.parametrize("version", [MQTT5, MQTT311], ids=["mqtt5", "mqtt311"])


@asynccontextmanager
async def connection_to(
    broker: Broker, version: aiomqtt.ProtocolVersion = MQTT5, name: str = "me"
) -> AsyncIterator[Connection]:
    async with connected(Access(broker), BlockingCalls(), version=version, name=name, will=WILL) as connection:
        yield connection


def at(broker: Mosquitto) -> Broker:
    return Broker(host=broker.host, port=broker.port)


async def published(connection: Connection, topic: str, payload: bytes = b"x") -> int:
    """The reason code of the acknowledgement."""
    reason: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    connection.publish(topic, payload, acknowledged=reason.set_result)
    return await reason


@contextmanager
def black_hole() -> Iterator[Broker]:
    """Accepts connections (the kernel does), and answers nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.0)
        yield Broker(host="127.0.0.1", port=listening.getsockname()[1])


def open_sockets() -> int:
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return sum(str(link.readlink()).startswith("socket:") for link in links)


# What we use of aiomqtt's and paho's insides.


async def test_what_we_use_of_aiomqtt_is_still_there() -> None:
    client = aiomqtt.Client("127.0.0.1")
    assert isinstance(client._client, paho.Client)
    assert isinstance(client._disconnected, asyncio.Future)
    assert client._misc_task is None
    source = inspect.getsource(aiomqtt.Client)
    assert "self._client.connect(" in source
    assert "self._loop.create_task(self._misc_loop())" in source
    assert "client._sock.pending() > 0" in source


def test_what_we_use_of_paho_is_still_there() -> None:
    source = inspect.getsource(paho.Client)
    for used in (
        "self._sock = self._create_socket()",
        'return self._handle_pubackcomp("PUBACK")',
        "return self._handle_publish()",
        """decode_publish(self._in_packet["command"], self._in_packet["packet"], self._protocol)""",
    ):
        assert used in source
    methods: dict[Callable[..., Any], list[str]] = {
        paho.Client._send_puback: ["self", "mid"],
        paho.Client._mid_generate: ["self"],
        paho.Client._packet_queue: ["self", "command", "packet", "mid", "qos", "info"],
        paho.Client._call_socket_register_write: ["self"],
        paho.Client._sock_close: ["self"],
    }
    for method, parameters in methods.items():
        assert list(inspect.signature(method).parameters) == parameters


def test_no_other_file_touches_the_insides_of_aiomqtt_or_paho() -> None:
    folder = Path(adapter.__file__).parent
    private = re.compile(r"(?:paho|client|_client)\._(?!paho\b)[a-z]")
    assert [path.name for path in sorted(folder.glob("*.py")) if private.search(path.read_text())] == ["client.py"]


# Opening.


@BOTH
async def test_what_is_published_is_acknowledged_and_arrives(
    mosquitto: Mosquitto, version: aiomqtt.ProtocolVersion
) -> None:
    heard: list[Incoming] = []
    async with connection_to(at(mosquitto), version) as connection:
        connection.hear = heard.append
        assert await connection.subscribe([Filter("a/#", 1), Filter("b", 0)]) == []
        assert await published(connection, "a/1", b"one") == 0
        assert await published(connection, "b", b"two") == 0
        await until(lambda: len(heard) == 2)
    assert {(message.topic, message.payload) for message in heard} == {("a/1", b"one"), ("b", b"two")}


@pytest.mark.usefixtures("mosquitto")
async def test_a_broker_says_how_many_messages_may_be_under_way(tmp_path: Path) -> None:
    with Mosquitto(tmp_path, "max_inflight_messages 7") as broker:
        async with connection_to(at(broker)) as connection:
            assert connection.window == 7


async def test_thousands_of_messages_cost_no_task_each(mosquitto: Mosquitto) -> None:
    acknowledged: list[int] = []
    async with connection_to(at(mosquitto)) as connection:
        left = iter(range(3000))

        def pump() -> None:
            while connection.under_way < connection.window and next(left, None) is not None:
                connection.publish("flood", b"x" * 100, acknowledged=acknowledged.append)

        connection.room_made = pump
        pump()
        assert len(asyncio.all_tasks()) < 5
        await until(lambda: len(acknowledged) == 3000)
        assert connection.under_way == 0


async def test_mqtt_5_tells_that_nobody_listens(mosquitto: Mosquitto) -> None:
    async with connection_to(at(mosquitto)) as connection:
        assert await published(connection, "nobody") == PUBLISH_NO_SUBSCRIBERS


@pytest.mark.usefixtures("mosquitto")
async def test_a_publish_that_the_access_list_forbids_is_no_success(tmp_path: Path) -> None:
    rights = tmp_path / "rights"
    rights.write_text("topic readwrite mine/#\n")
    with Mosquitto(tmp_path / "broker", f"acl_file {rights}") as broker:
        async with connection_to(at(broker)) as connection:
            assert await published(connection, "theirs") == NOT_AUTHORIZED
            assert await published(connection, "mine/1") in {0, PUBLISH_NO_SUBSCRIBERS}


async def test_a_broker_that_is_not_there_is_said_to_be_unreachable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(BrokerLost, match="cannot be reached"):
            async with connection_to(Broker(host="127.0.0.1", port=port)):
                pass


async def test_a_name_that_does_not_resolve_is_said_to_be_unreachable() -> None:
    with pytest.raises(BrokerLost, match=r"no\.such\.host\.invalid"):
        async with connection_to(Broker(host="no.such.host.invalid")):
            pass


async def test_a_broker_that_answers_nothing_is_seen_within_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "ANSWER_WITHIN_S", 0.3)
    with black_hole() as broker, pytest.raises(BrokerLost, match="accepts connections and does not answer"):
        async with connection_to(broker, MQTT311):
            pass


async def test_a_broker_that_stops_acknowledging_is_seen_within_the_deadline(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "ANSWER_WITHIN_S", 0.5)
    async with connection_to(at(mosquitto)) as connection:
        process = mosquitto._process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        connection.publish("a", b"x", acknowledged=lambda _: None)
        lost = await connection.until_lost()
        process.send_signal(signal.SIGCONT)
    assert "acknowledged nothing" in str(lost)


async def test_a_broker_that_is_killed_is_seen_at_once(mosquitto: Mosquitto) -> None:
    async with connection_to(at(mosquitto)) as connection:
        mosquitto.kill()
        async with asyncio.timeout(2.0):
            await connection.until_lost()
        connection.publish("a", b"x", acknowledged=lambda _: None)


async def test_a_connection_that_is_cancelled_while_it_opens_leaves_nothing_behind() -> None:
    with black_hole() as broker:
        before = open_sockets()
        for delay in (0.0, 0.001, 0.01, 0.1):
            opening = asyncio.create_task(connection_to(broker).__aenter__(), name="opening")
            await asyncio.sleep(delay)
            opening.cancel()
            await asyncio.wait([opening])
        await until(lambda: open_sockets() <= before, within_s=5.0)


async def test_many_connections_one_after_the_other_leave_nothing_behind(mosquitto: Mosquitto) -> None:
    before = open_sockets()
    for _ in range(20):
        async with connection_to(at(mosquitto)) as connection:
            await published(connection, "a")
    assert open_sockets() <= before


async def test_a_mistake_in_our_own_handler_does_not_end_the_connection(
    mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(_: Incoming) -> None:
        raise RuntimeError("our mistake")

    async with connection_to(at(mosquitto)) as connection:
        connection.hear = stumble
        await connection.subscribe([Filter("a", 0)])
        await published(connection, "a")
        await until(lambda: "could not be handled" in caplog.text)
        assert await published(connection, "a") == 0


async def test_who_is_taken_over_by_a_twin_hears_what_to_look_for() -> None:
    """Debian 12's mosquitto closes without a word; newer ones say why (MQTT 5.0, reason code 142)."""

    async def welcome_and_dismiss(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(bytes.fromhex("20 03 00 00 00") + bytes.fromhex("e0 01 8e"))
        await reader.read()
        writer.close()

    server = await asyncio.start_server(welcome_and_dismiss, "127.0.0.1", 0)
    broker = Broker(host="127.0.0.1", port=server.sockets[0].getsockname()[1])
    async with server, connection_to(broker) as connection:
        lost = await connection.until_lost()
    assert isinstance(lost, TakenOver)
    assert "run twice" in str(lost)


async def test_the_broker_says_our_will_when_we_vanish(mosquitto: Mosquitto) -> None:
    heard: list[Incoming] = []
    async with connection_to(at(mosquitto), name="listener") as listener:
        listener.hear = heard.append
        await listener.subscribe([Filter("will", 1)])
        async with connection_to(at(mosquitto), name="mortal") as mortal:
            mortal._paho._sock_close()
            await until(lambda: heard)
    assert heard[0].payload == b"gone"


# Versions.


@pytest.mark.parametrize(
    "answer", [bytes.fromhex("20020001"), bytes.fromhex("2003008400"), b""], ids=["code 1", "reason 132", "closes"]
)
async def test_a_broker_that_speaks_no_mqtt_5_is_recognised(answer: bytes) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        with pytest.raises(OldBroker):
            async with connection_to(Broker(host="127.0.0.1", port=server.sockets[0].getsockname()[1])):
                pass


# Getting in.


def with_password(folder: Path) -> str:
    """Configuration of a broker that knows `garden` with the password `secret`."""
    passwords = folder / "passwords"
    subprocess.run(["mosquitto_passwd", "-c", "-b", passwords, "garden", "secret"], check=True, capture_output=True)
    passwords.chmod(0o644)
    return f"allow_anonymous false\npassword_file {passwords}"


@BOTH
@pytest.mark.usefixtures("mosquitto")
async def test_a_password_comes_from_its_file_and_a_wrong_one_is_refused_in_words(
    tmp_path: Path, version: aiomqtt.ProtocolVersion
) -> None:
    secret = tmp_path / "secret"
    with Mosquitto(tmp_path / "broker", with_password(tmp_path)) as broker:
        known = Broker(host=broker.host, port=broker.port, username="garden", password_file=str(secret))
        secret.write_text("secret\n")
        async with connection_to(known, version) as connection:
            assert await published(connection, "a") in {0, PUBLISH_NO_SUBSCRIBERS}
        secret.write_text("wrong\n")
        with pytest.raises(NotLetIn, match=r"check broker\.username and broker\.password_file") as refused:
            async with connection_to(known, version):
                pass
    assert "wrong" not in str(refused.value).replace("wrong way", "")


async def test_a_password_file_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotLetIn, match="cannot be read"):
        async with connection_to(Broker(host="127.0.0.1", port=1, password_file=str(tmp_path / "none"))):
            pass


# TLS.


class Authority:
    """A certificate authority of one's own, and what it signed, as files."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        own = self._builder(self._name, self._key.public_key()).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        own = own.add_extension(usage, critical=True)
        self.ca = self._write("ca.pem", own.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def sign(self, name: str) -> tuple[Path, Path]:
        """Certificate and key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        signed = self._builder(subject, key.public_key()).add_extension(names, critical=False)
        pem = signed.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return self._write(f"{name}.pem", pem), self._write(f"{name}.key", private)

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            # RFC 5280, 4.2.1.1 and 4.2.1.2: Python 3.13 accepts no certificate without them.
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )

    def _write(self, name: str, content: bytes) -> Path:
        path = self._folder / name
        path.write_bytes(content)
        return path


@pytest.fixture
def encrypted(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[tuple[Mosquitto, Authority]]:
    """A broker that asks for a client's certificate."""
    mosquitto.stop()
    authority = Authority(tmp_path / "certificates")
    cert, key = authority.sign("broker")
    config = f"cafile {authority.ca}\ncertfile {cert}\nkeyfile {key}\nrequire_certificate true"
    with Mosquitto(tmp_path / "encrypted", config) as broker:
        yield broker, authority


@BOTH
async def test_with_tls_and_a_client_certificate_everything_is_as_without(
    encrypted: tuple[Mosquitto, Authority], version: aiomqtt.ProtocolVersion
) -> None:
    broker, authority = encrypted
    cert, key = authority.sign("garden")
    tls = BrokerTls(ca=authority.ca, cert=cert, key=key)
    heard: list[Incoming] = []
    async with connection_to(Broker(host=broker.host, port=broker.port, tls=tls), version) as connection:
        connection.hear = heard.append
        await connection.subscribe([Filter("a", 1)])
        for _ in range(5):
            await published(connection, "a", b"x" * 40_000)
        await until(lambda: len(heard) == 5)


async def test_without_the_certificate_that_the_broker_asks_for_there_is_a_hint(
    encrypted: tuple[Mosquitto, Authority],
) -> None:
    broker, authority = encrypted
    with pytest.raises((BrokerLost, NotLetIn), match="certificate"):
        async with connection_to(Broker(host=broker.host, port=broker.port, tls=BrokerTls(ca=authority.ca)), MQTT311):
            pass


async def test_a_broker_whose_certificate_another_authority_signed_is_not_trusted(
    encrypted: tuple[Mosquitto, Authority], tmp_path: Path
) -> None:
    broker, _ = encrypted
    other = Authority(tmp_path / "other")
    with pytest.raises(NotLetIn, match=r"check broker\.tls\.ca"):
        async with connection_to(Broker(host=broker.host, port=broker.port, tls=BrokerTls(ca=other.ca))):
            pass


async def test_tls_files_that_cannot_be_read_are_said(tmp_path: Path, mosquitto: Mosquitto) -> None:
    with pytest.raises(NotLetIn, match=r"broker\.tls cannot be used"):
        async with connection_to(
            Broker(host=mosquitto.host, port=mosquitto.port, tls=BrokerTls(ca=tmp_path / "none.pem"))
        ):
            pass


async def test_tls_where_the_broker_has_none_gets_a_hint(mosquitto: Mosquitto, tmp_path: Path) -> None:
    tls = BrokerTls(ca=Authority(tmp_path / "certificates").ca)
    started = time.monotonic()
    with pytest.raises((NotLetIn, BrokerLost)):
        async with connection_to(Broker(host=mosquitto.host, port=mosquitto.port, tls=tls)):
            pass
    assert time.monotonic() - started < 12
