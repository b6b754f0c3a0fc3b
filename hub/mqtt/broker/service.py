"""The broker service: Debian's mosquitto as our child, or whichever broker serves the port already.

Retained messages survive a restart of mosquitto (`mosquitto.py`). Where it is not installed, amqtt serves inside this
process (`embedded.py`).
"""

import asyncio
import contextlib
import ipaddress
import logging
import os
import shutil
import socket
from abc import ABC, abstractmethod
from pathlib import Path

from devices.errors import AlcolabError
from hub.lab import Broker

log = logging.getLogger(__name__)

PORT, TLS_PORT = 1883, 8883
ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - the nodes of the lab must reach it
ALSO_LOOK_IN = "/usr/sbin"
"""Where Debian keeps mosquitto; an ordinary user's PATH does not look there."""
LISTENS_WITHIN_S = 10.0
LOOK_AGAIN_S = 1.0
"""How often it is seen whether a broker that is not ours still holds the port; nobody is connected to for that."""
CONNECT = bytes.fromhex("10 0c 0004 4d515454 04 02 0005 0000")
"""MQTT 3.1.1, 3.1: CONNECT with a clean session and no client identifier."""
CONNACK = 0x20


class BrokerLost(AlcolabError, ConnectionError):
    """The broker could not start or has ended; the message says why."""


class BrokerService(ABC):
    """A broker for this lab. `demo` listens on this machine only, and takes the next port where one is taken."""

    def __init__(self, broker: Broker, folder: Path, *, demo: bool = False) -> None:
        self._broker = broker
        self._folder = folder
        self._demo = demo
        self._wanted_port = broker.port or (TLS_PORT if broker.tls else PORT)
        self._listening: asyncio.Future[int] | None = None

    async def listening(self) -> int:
        """The port, as soon as connections are accepted on it for the first time."""
        return await asyncio.shield(self._first_listening())

    async def run(self) -> None:
        """Serve until cancelled.

        Raises:
            BrokerLost: the broker cannot be started, or ended by itself.
        """
        port = self._wanted_port
        if self._demo:
            port = self._wanted_port = _first_free(port)
        else:
            await self._use_what_serves(port)
        async with self._serving(port):
            self._say_listening(port)
            await self._until_it_ends()

    @abstractmethod
    def _serving(self, port: int) -> contextlib.AbstractAsyncContextManager[None]:
        """While inside, the broker accepts connections."""

    @abstractmethod
    async def _until_it_ends(self) -> None:
        """Wait; raise `BrokerLost` if the broker ends by itself."""

    @property
    def _address(self) -> str | None:
        """Where to listen: on this machine only, or (None) for the whole network."""
        return "127.0.0.1" if self._demo or _is_loopback(self._broker.host) else None

    async def _use_what_serves(self, port: int) -> None:
        """Leave the port to another broker for as long as it is there."""
        if self._is_taken(port):
            await asyncio.sleep(LOOK_AGAIN_S)  # our own from before a crash is still ending
        if not self._is_taken(port):
            return
        if not self._broker.tls and not await answers_mqtt(port):
            raise BrokerLost(f"port {port} is taken by a program that is no MQTT broker: stop it, or set broker.port")
        log.info("a broker serves port %d already, and is used", port)
        self._say_listening(port)
        while self._is_taken(port):  # noqa: ASYNC110 - nothing tells us when another program leaves a port
            await asyncio.sleep(LOOK_AGAIN_S)
        log.warning("the broker that served port %d is gone; one of our own takes its place", port)

    def _is_taken(self, port: int) -> bool:
        return is_taken(self._address or ANY_ADDRESS, port)

    def _first_listening(self) -> asyncio.Future[int]:
        if self._listening is None:
            self._listening = asyncio.get_running_loop().create_future()
        return self._listening

    def _say_listening(self, port: int) -> None:
        if not (first := self._first_listening()).done():
            first.set_result(port)


def broker_for(broker: Broker, folder: Path, *, demo: bool = False) -> BrokerService:
    """Mosquitto where it is installed, else amqtt.

    `folder` is private to the broker. Under `demo` it listens on this machine only. Passwords and TLS need mosquitto.
    """
    program = shutil.which("mosquitto", path=os.pathsep.join([os.environ.get("PATH", ""), ALSO_LOOK_IN]))
    if program is not None:
        from hub.mqtt.broker.mosquitto import MosquittoBroker

        return MosquittoBroker(program, broker, folder, demo=demo)
    from hub.mqtt.broker.embedded import AmqttBroker  # slow to import, and seldom needed

    return AmqttBroker(broker, folder, demo=demo)


async def answers_mqtt(port: int) -> bool:
    """Whether an MQTT broker listens there, whomever it lets in."""
    try:
        async with asyncio.timeout(LISTENS_WITHIN_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(CONNECT)
                answer = await reader.read(1)
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
    return answer == bytes([CONNACK])


def is_taken(address: str, port: int) -> bool:
    """Whether another program listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return True
    return False


def _first_free(port: int) -> int:
    for candidate in range(port, min(port + 1000, 65536)):
        if not is_taken("127.0.0.1", candidate):
            return candidate
    raise BrokerLost(f"no port from {port} on is free")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
