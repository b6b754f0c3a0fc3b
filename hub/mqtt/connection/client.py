"""The one adapter over aiomqtt: a connection to the broker that publishes without a task for each message.

Only this file touches what aiomqtt and paho keep to themselves, and why is in docs/decisions/0004-mqtt-client.md.
`tests/hub/mqtt/test_client.py` says so when a new release of either changes what is used here.
"""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiomqtt
from aiomqtt.exceptions import MqttError
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY
from paho.mqtt.enums import MessageType, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from devices.board.blocking import BlockingCalls
from devices.board.clock import until_beat_s
from devices.errors import NoReply
from hub.mqtt.connection.access import Access, BrokerLost, NotLetIn
from hub.mqtt.connection.packets import (
    FIRST_ERROR,
    Incoming,
    Malformed,
    parse_puback,
    parse_publish,
    publish_packet,
    publish_properties,
)
from hub.mqtt.connection.read_ahead import ReadAhead

log = logging.getLogger(__name__)

MQTT5 = aiomqtt.ProtocolVersion.V5
MQTT311 = aiomqtt.ProtocolVersion.V311

ANSWER_WITHIN_S = 10.0
"""A broker that takes longer for a CONNACK, SUBACK or PUBACK is as good as lost."""
MQTT5_ANSWER_WITHIN_S = 3.0
"""amqtt reads an MQTT 5 CONNECT as 3.1.1 and waits for the rest of it: who is silent so long is asked in 3.1.1."""
KEEPALIVE_S = 20
WINDOW_MOST = 200
"""Messages under way; MQTT 5 brokers often allow fewer (Receive Maximum)."""

REFUSALS = {
    133: "it does not accept our client name",
    134: "it does not know this user name and password: check broker.username and broker.password_file",
    135: "it does not let us in: check broker.username and broker.password_file",
    138: "it has banned us",
    140: "it wants another way of logging in",
}
"""CONNACK reason codes that waiting does not change (MQTT 5.0, table 3-1)."""
UNSUPPORTED_VERSION = 132
TAKEN_OVER = 142


class OldBroker(BrokerLost):
    """The broker does not speak this version of MQTT."""


class TakenOver(BrokerLost):
    """Somebody else connected under our name."""


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says, retained, when we are gone."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Filter:
    """A topic filter and the quality of service that is wanted for it."""

    topic: str
    qos: int


Acknowledged = Callable[[int], None]
"""Called with the PUBACK's reason code."""
Hear = Callable[[Incoming], None]


class Connection:
    """One connection, from CONNACK until `lost`. All of it lives on the event loop.

    `room_made` is called after PUBACKs have made room for more messages.
    """

    def __init__(self, client: aiomqtt.Client, access: Access, version: aiomqtt.ProtocolVersion) -> None:
        self.access = access
        self.mqtt5 = version is MQTT5
        self.window = WINDOW_MOST
        self.hear: Hear = _ignore
        self.room_made: Callable[[], None] = _nothing
        self._loop = asyncio.get_running_loop()
        self._lost: asyncio.Future[BrokerLost] = self._loop.create_future()
        self._accepted: asyncio.Future[ReasonCode] = self._loop.create_future()
        self._under_way: dict[int, tuple[float, Acknowledged]] = {}
        self._outgoing: list[bytes] = []
        self._client = client
        self._paho: Any = client._client  # noqa: SLF001 - see this module's first lines
        self._take_over()

    @property
    def under_way(self) -> int:
        """Messages that were sent and not yet acknowledged."""
        return len(self._under_way)

    @property
    def is_lost(self) -> bool:
        return self._lost.done()

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        acknowledged: Acknowledged,
        retain: bool = False,
        expiry_s: int | None = None,
        correlation: bytes | None = None,
    ) -> None:
        """Send at QoS 1, now. `acknowledged` is called once, unless the connection is lost before.

        `expiry_s` and `correlation` need MQTT 5 and are left out without it. Keep within `window`.
        """
        if self._paho._sock is None:  # noqa: SLF001
            self._lose("the connection is gone")
            return
        properties = publish_properties(expiry_s, correlation) if self.mqtt5 else b""
        message_id: int = self._paho._mid_generate()  # noqa: SLF001
        self._outgoing.append(publish_packet(topic, payload, message_id, retain=retain, properties=properties))
        self._under_way[message_id] = (time.monotonic(), acknowledged)
        self._paho._call_socket_register_write()  # noqa: SLF001

    async def subscribe(self, filters: Sequence[Filter]) -> Sequence[Filter]:
        """Subscribe to all of them; what the broker refuses is returned.

        Raises:
            BrokerLost: no answer.
        """
        wanted = [(one.topic, self._options(one)) for one in filters]
        try:
            codes = await self._client.subscribe(wanted, timeout=ANSWER_WITHIN_S)
        except MqttError as error:
            raise BrokerLost(f"{self.access} did not answer our subscription: {error}") from None
        values = [code.value if isinstance(code, ReasonCode) else code for code in codes]
        return [one for one, value in zip(filters, values, strict=False) if value >= FIRST_ERROR]

    def _options(self, one: Filter) -> Any:
        return SubscribeOptions(qos=one.qos) if self.mqtt5 else one.qos

    async def until_lost(self) -> BrokerLost:
        """Why the connection ended. A PUBACK that does not come within `ANSWER_WITHIN_S` ends it too."""
        while not self._lost.done():
            self._check_acknowledgements()
            await asyncio.wait([self._lost], timeout=until_beat_s())
        return self._lost.result()

    def _check_acknowledgements(self) -> None:
        sent_at, _ = next(iter(self._under_way.values()), (None, None))
        if sent_at is not None and time.monotonic() - sent_at > ANSWER_WITHIN_S:
            self._lose(f"it has acknowledged nothing for {ANSWER_WITHIN_S:.0f} s")

    def _lose(self, reason: str, kind: type[BrokerLost] = BrokerLost) -> None:
        if not self._lost.done():
            self._lost.set_result(kind(f"{self.access}: {reason}"))

    # What paho calls.

    def _take_over(self) -> None:
        """Put ourselves where paho looks for its callbacks and for the handling of the two frequent packets."""
        self._paho.disable_logger()  # it calls every lost connection an error; that is said once, and by the link
        self._paho.on_connect = self._on_connect
        self._paho.on_disconnect = self._on_disconnect
        self._paho._handle_publish = self._handle_publish  # noqa: SLF001
        self._paho._handle_pubackcomp = self._handle_puback  # noqa: SLF001
        self._paho.on_socket_register_write = self._on_register_write
        self._client._disconnected.add_done_callback(self._on_broken)  # noqa: SLF001
        self._client._misc_loop = self._keep_alive  # type: ignore[method-assign]  # noqa: SLF001

    async def _keep_alive(self) -> None:
        """Let paho ping. On the beat: aiomqtt's own task would wake the Pi at a moment of its own."""
        while self._paho.loop_misc() == MQTTErrorCode.MQTT_ERR_SUCCESS:  # noqa: ASYNC110 - nobody tells when
            await asyncio.sleep(until_beat_s())

    def _on_connect(self, _c: object, _u: object, _f: object, reason: ReasonCode, properties: Properties) -> None:
        self.window = min(WINDOW_MOST, getattr(properties, "ReceiveMaximum", WINDOW_MOST))
        if not self._accepted.done():
            self._accepted.set_result(reason)

    def _on_disconnect(self, _c: object, _u: object, flags: Any, reason: ReasonCode, _p: object) -> None:
        by_broker = flags.is_disconnect_packet_from_server
        if by_broker and reason.value == TAKEN_OVER:
            self._lose("another program connected under our name: does this node run twice?", TakenOver)
        else:
            self._lose(f"it said: {reason}" if by_broker else "the connection broke")

    def _on_register_write(self, _c: object, _u: object, opened: ReadAhead) -> None:
        """At once: aiomqtt would do it on the loop's next turn, when the socket may be closed and its number reused."""
        self._loop.add_writer(opened.fileno(), self._write)

    def _write(self) -> None:
        try:
            self._queue_outgoing()
            self._paho.loop_write()
        except Exception as error:  # noqa: BLE001 - whatever paho stumbles over, the connection is of no use any more
            self._lose(f"the connection broke: {error}")

    def _queue_outgoing(self) -> None:
        """All messages of one turn of the loop go as one piece: a system call for each would cost most of all."""
        if self._outgoing:
            self._paho._packet_queue(MessageType.PUBLISH, b"".join(self._outgoing), 0, 1)  # noqa: SLF001
            self._outgoing.clear()

    def _on_broken(self, broken: "asyncio.Future[None]") -> None:
        """Aiomqtt caught what paho raised while reading or writing."""
        error = None if broken.cancelled() else broken.exception()
        self._lose(f"the connection broke: {error}")

    def _handle_puback(self, _kind: str) -> MQTTErrorCode:
        try:
            message_id, reason = parse_puback(self._paho._in_packet["packet"])  # noqa: SLF001
        except Malformed:
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        _, acknowledged = self._under_way.pop(message_id, (0.0, None))
        if acknowledged is not None:
            self._shielded(acknowledged, reason)
            self.room_made()
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _handle_publish(self) -> MQTTErrorCode:
        packet = self._paho._in_packet  # noqa: SLF001
        try:
            message, message_id = parse_publish(packet["command"], packet["packet"], mqtt5=self.mqtt5)
        except Malformed:
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        self._shielded(self.hear, message)
        if message_id:
            self._paho._send_puback(message_id)  # noqa: SLF001
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _shielded(self, call: Callable[[Any], None], what: object) -> None:
        """A mistake of ours must not look like a broken connection, or it would be made again after each connect."""
        try:
            call(what)
        except Exception:
            log.exception("what came from %s could not be handled", self.access)

    # Opening and closing.

    async def open(self, opened: socket.socket) -> None:
        """Say CONNECT over this socket and wait for the answer.

        Raises:
            OldBroker, NotLetIn, BrokerLost: it was not "welcome".
        """
        self._paho._create_socket = lambda: ReadAhead(opened)  # noqa: SLF001
        self._client._client_connect()  # noqa: SLF001
        answers: list[asyncio.Future[Any]] = [self._accepted, self._lost]
        within_s = MQTT5_ANSWER_WITHIN_S if self.mqtt5 else ANSWER_WITHIN_S
        await asyncio.wait(answers, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        if not self._accepted.done():
            raise await self._why_no_answer()
        reason = self._accepted.result()
        if reason.value == UNSUPPORTED_VERSION:
            raise OldBroker(f"{self.access} does not speak MQTT 5")
        if reason.value in REFUSALS:
            raise NotLetIn(f"{self.access}: {REFUSALS[reason.value]}")
        if reason.is_failure:
            raise BrokerLost(f"{self.access} refuses us for now: {reason}")

    async def _why_no_answer(self) -> BrokerLost:
        if self.mqtt5:
            return OldBroker(f"{self.access} gave no answer; perhaps it speaks no MQTT 5")
        if not self._lost.done():
            return BrokerLost(f"{self.access} accepts connections and does not answer")
        return BrokerLost(
            f"{self.access} closed the connection before it answered; does it ask for a certificate (broker.tls.cert)?"
        )

    async def close(self) -> None:
        """Say goodbye if anybody listens, and let go of everything."""
        self._lose("we left")
        self._queue_outgoing()
        self._paho.disconnect()
        try:
            await asyncio.sleep(0)  # aiomqtt begins to read and to keep house on the loop's next turn
        finally:
            self._write()
            self._paho._sock_close()  # noqa: SLF001
            if (housekeeping := self._client._misc_task) is not None:  # noqa: SLF001
                housekeeping.cancel()


@asynccontextmanager
async def connected(
    access: Access, calls: BlockingCalls, *, version: aiomqtt.ProtocolVersion, name: str, will: Will
) -> AsyncIterator[Connection]:
    """An accepted connection; closed when left, and nothing leaks when cancelled while it opens.

    Raises:
        OldBroker: try again with MQTT 3.1.1.
        NotLetIn: bad credentials or certificates.
        BrokerLost: not reachable, or no answer within `ANSWER_WITHIN_S`.
    """
    password = await calls.run("the broker's password file", access.password, deadline_s=ANSWER_WITHIN_S)
    try:
        opened = await calls.run(
            f"connecting to {access}",
            lambda: access.open_socket(ANSWER_WITHIN_S),
            deadline_s=2 * ANSWER_WITHIN_S,
            discard=lambda late: late.close(),
        )
    except NoReply as error:
        raise BrokerLost(f"{access} cannot be reached: {error}") from None
    try:
        connection = Connection(_client(access, version, name, password, will), access, version)
    except BaseException:
        opened.close()
        raise
    try:
        await connection.open(opened)
        yield connection
    finally:
        await connection.close()


def _client(
    access: Access, version: aiomqtt.ProtocolVersion, name: str, password: str | None, will: Will
) -> aiomqtt.Client:
    return aiomqtt.Client(
        access.broker.host,
        access.port,
        identifier=name,
        username=access.broker.username,
        password=password,
        protocol=version,
        will=aiomqtt.Will(will.topic, will.payload, qos=1, retain=True),
        keepalive=KEEPALIVE_S,
        max_inflight_messages=0,
        clean_start=True if version is MQTT5 else MQTT_CLEAN_START_FIRST_ONLY,
        clean_session=None if version is MQTT5 else True,
    )


def _ignore(_: Incoming) -> None:
    """Until somebody hears."""


def _nothing() -> None:
    """Until somebody wants to know."""
