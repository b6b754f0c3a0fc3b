"""The broker service: Debian's mosquitto as our child, or whichever broker serves the port already.

mosquitto gets a configuration and a state folder of its own, in which retained messages survive a restart; where it
is not installed, amqtt serves inside this process (`hub/mqtt/embedded.py`).
"""

import asyncio
import contextlib
import ipaddress
import logging
import os
import shutil
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from devices.errors import AlcolabError
from hub.lab import Broker
from hub.secret import read_secret

log = logging.getLogger(__name__)

PORT, TLS_PORT = 1883, 8883
ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - the nodes of the lab must reach it
ALSO_LOOK_IN = "/usr/sbin"
"""Where Debian keeps mosquitto; an ordinary user's PATH does not look there."""
LISTENS_WITHIN_S = 10.0
STOPS_WITHIN_S = 5.0
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


class MosquittoBroker(BrokerService):
    """mosquitto as a child of ours, that dies with us."""

    def __init__(self, program: str, broker: Broker, folder: Path, *, demo: bool = False) -> None:
        super().__init__(broker, folder, demo=demo)
        self._program = program
        self._process: asyncio.subprocess.Process | None = None

    @asynccontextmanager
    async def _serving(self, port: int) -> AsyncIterator[None]:
        config = await self._configure(port)
        process = self._process = await asyncio.create_subprocess_exec(
            *_dying_with_us(), self._program, "-c", str(config), stderr=asyncio.subprocess.PIPE
        )
        output = asyncio.create_task(_log_output(process), name="broker: output")
        try:
            await _until_accepted(process, port)
            yield
        finally:
            await _stop(process)
            await output

    async def _until_it_ends(self) -> None:
        if self._process is not None:
            code = await self._process.wait()
            raise BrokerLost(f"mosquitto ended by itself (exit {code}); its last words stand above")

    async def _configure(self, port: int) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder.chmod(0o700)
        lines = [
            f"listener {port} {self._address or ''}".rstrip(),
            "persistence true",
            f"persistence_location {self._folder}/",
            "log_dest stderr",
            "log_timestamp false",
            "log_type error",
            "log_type warning",
            "log_type notice",
            "set_tcp_nodelay true",
            # A node that comes back with a day's backlog must not overflow the queue towards the hub.
            "max_queued_messages 20000",
            *self._tls_lines(),
            *await self._password_lines(),
            *(["user root"] if os.geteuid() == 0 else []),  # else it could not read this folder
        ]
        config = self._folder / "mosquitto.conf"
        config.touch(mode=0o600)
        config.write_text("\n".join(lines) + "\n")
        return config

    def _tls_lines(self) -> list[str]:
        tls = self._broker.tls
        if tls is None:
            return []
        if tls.cert is None or tls.key is None:
            raise BrokerLost("broker.tls needs cert and key on the node that runs the broker: they are its own, too")
        paths = [f"cafile {tls.ca}", f"certfile {tls.cert}", f"keyfile {tls.key}"]
        return [*paths, "require_certificate true"]

    async def _password_lines(self) -> list[str]:
        username, password_file = self._broker.username, self._broker.password_file
        if username is None or password_file is None:
            if self._address is None and self._broker.tls is None:
                log.warning("the broker lets anybody in who reaches it: set broker.username and broker.password_file")
            return ["allow_anonymous true"]
        passwords = self._folder / "passwords"
        await asyncio.to_thread(_write_passwords, passwords, username, read_secret(password_file))
        return ["allow_anonymous false", f"password_file {passwords}"]


def broker_for(broker: Broker, folder: Path, *, demo: bool = False) -> BrokerService:
    """Mosquitto where it is installed, else amqtt.

    `folder` is private to the broker. Under `demo` it listens on this machine only.

    Raises:
        AlcolabError: without mosquitto, passwords and TLS cannot be served.
    """
    program = shutil.which("mosquitto", path=os.pathsep.join([os.environ.get("PATH", ""), ALSO_LOOK_IN]))
    if program is not None:
        return MosquittoBroker(program, broker, folder, demo=demo)
    from hub.mqtt.embedded import AmqttBroker  # slow to import, and seldom needed

    return AmqttBroker(broker, folder, demo=demo)


def _dying_with_us() -> list[str]:
    """The kernel stops the broker when this process is gone, however it went."""
    setpriv = shutil.which("setpriv")  # util-linux, on every Debian
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def _write_passwords(path: Path, username: str, password: str) -> None:
    """Mosquitto's own tool hashes the file; on its command line everybody could read the password."""
    program = shutil.which("mosquitto_passwd")
    if program is None:
        raise BrokerLost("mosquitto_passwd is not installed: apt install mosquitto")
    if not password.isprintable() or ":" in username:
        raise BrokerLost("the broker's password must be one printable line, and its username without a colon")
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(f"{username}:{password}\n", encoding="utf-8")
    hashing = subprocess.run([program, "-U", path], capture_output=True, timeout=LISTENS_WITHIN_S, check=False)  # noqa: S603 - our own arguments
    if hashing.returncode != 0:
        path.unlink()
        raise BrokerLost(f"mosquitto_passwd failed: {hashing.stderr.decode(errors='replace').strip()}")


async def _until_accepted(process: asyncio.subprocess.Process, port: int) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LISTENS_WITHIN_S):
            while process.returncode is None:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    return
                await asyncio.sleep(0.02)
    raise BrokerLost(f"mosquitto does not listen on port {port}; what it said stands above")


async def _log_output(process: asyncio.subprocess.Process) -> None:
    """Mosquitto's words in our log; what it says of each client's coming and going is only for those who debug."""
    if process.stderr is None:
        return
    levels = {"Error": logging.ERROR, "Warning": logging.WARNING}
    async for line in process.stderr:
        text = line.decode(errors="replace").strip()
        log.log(levels.get(text.partition(":")[0], logging.DEBUG), "mosquitto: %s", text)


async def _stop(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOPS_WITHIN_S)
        except TimeoutError:
            process.kill()
    await process.wait()


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
