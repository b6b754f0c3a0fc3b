"""Mosquitto as a child of ours, with a private configuration and state folder; it dies with us."""

import asyncio
import contextlib
import logging
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from devices.secret import read_secret
from hub.lab import Broker
from hub.mqtt.broker.service import LISTENS_WITHIN_S, BrokerLost, BrokerService

log = logging.getLogger(__name__)

STOPS_WITHIN_S = 5.0


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
            "max_packet_size 4194304",  # larger than anything of ours: nobody fills a Pi's memory with one message
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
