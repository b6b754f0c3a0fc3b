"""The simulated world on a Unix socket: one JSON object a line, each answered by one.

`{"do": "targets"}`, `{"do": "play", "target": …, "fault": …}`, `{"do": "mend", "target": …}`; the answer is
`{"ok": true, "targets": {target: fault or null}}` or `{"ok": false, "error": …}`.
"""

import asyncio
import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from devices.board.world import Fault, World
from devices.errors import AlcolabError, BadFrame, HardwareMissing, LineBusy, NoReply

REQUEST_MOST = 4096
"""Bytes of one request."""
ANSWER_MOST = 1 << 20
"""Bytes of one answer, which may list many targets."""
CLIENTS_MOST = 16
IDLE_S = 60.0
"""A client that says nothing for so long is let go."""
ANSWER_WITHIN_S = 5.0


class WorldServer:
    """Serves `world` at `path`, to programs of the same user only."""

    def __init__(self, world: World, path: Path) -> None:
        self._world = world
        self._path = path
        self._clients: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve until cancelled.

        Raises:
            LineBusy: another world is served there.
        """
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _address(self._path) as address, socket.socket(socket.AF_UNIX) as listening:
            await self._take_over(address)
            listening.bind(address)
            self._path.chmod(0o600)  # before it listens: nobody can have connected yet
            server = await asyncio.start_unix_server(self._connected, sock=listening, limit=REQUEST_MOST)
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                server.close()
                self._path.unlink(missing_ok=True)
                await self._dismiss_clients()

    async def _take_over(self, address: str) -> None:
        """What a process that was killed has left behind is removed; a living one is left in peace."""
        try:
            _, writer = await asyncio.open_unix_connection(address)
        except OSError:
            self._path.unlink(missing_ok=True)
        else:
            writer.close()
            raise LineBusy(f"another simulated world is served at {self._path}: stop it first")

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = asyncio.create_task(self._serve(reader, writer), name="client of the simulated world")
        self._clients.add(client)
        client.add_done_callback(self._clients.discard)

    async def _dismiss_clients(self) -> None:
        for client in self._clients:
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            # A client that has gone, or takes no answer, leaves nobody to tell.
            with suppress(OSError, TimeoutError):
                if len(self._clients) > CLIENTS_MOST:
                    await _send(writer, _no(f"{CLIENTS_MOST} others are connected: try again later"))
                    return
                await self._answer_all(reader, writer)
        finally:
            writer.close()

    async def _answer_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await asyncio.wait_for(reader.readline(), IDLE_S):
                await _send(writer, self.answer(line))
        except ValueError:  # readline's word for a line beyond the limit
            await _send(writer, _no(f"a request has at most {REQUEST_MOST} bytes"))
            # Closed with bytes unread, the socket would take the answer back.
            async with asyncio.timeout(ANSWER_WITHIN_S):
                while await reader.read(REQUEST_MOST):
                    pass

    def answer(self, line: bytes) -> Mapping[str, Any]:
        """What a request gets."""
        try:
            self._do(_object(line))
        except AlcolabError as error:
            return _no(str(error))
        return {"ok": True, "targets": dict(self._world.targets)}

    def _do(self, request: Mapping[str, Any]) -> None:
        match request:
            case {"do": "targets"}:
                pass
            case {"do": "play", "target": str(target), "fault": str(fault)}:
                if fault not in list(Fault):
                    raise BadFrame(f"there is no fault {fault}, but: {', '.join(Fault)}")
                self._world.play(target, Fault(fault))
            case {"do": "mend", "target": str(target)}:
                self._world.mend(target)
            case _:
                raise BadFrame("a request is {'do': 'targets'}, 'play' with target and fault, or 'mend' with target")


async def ask_world(path: Path, request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of the world that is served at `path`, whether ok or not.

    Raises:
        HardwareMissing: no world is served there.
        NoReply: it did not answer in time.
        BadFrame: what it answered is none.
    """
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            with _address(path) as address:
                reader, writer = await asyncio.open_unix_connection(address, limit=ANSWER_MOST)
            try:
                await _send(writer, request)
                return _object(await _line(reader))
            finally:
                writer.close()
    except TimeoutError as error:
        raise NoReply(f"the simulated world at {path} did not answer in time") from error
    except OSError as error:
        raise HardwareMissing(f"no simulated world is served at {path}: start one with `alcolab demo`") from error


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ValueError as error:  # readline's word for a line beyond the limit
        raise BadFrame(f"the answer is longer than {ANSWER_MOST} bytes") from error


def _no(why: str) -> Mapping[str, Any]:
    return {"ok": False, "error": why}


async def _send(writer: asyncio.StreamWriter, message: Mapping[str, Any]) -> None:
    writer.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")
    await asyncio.wait_for(writer.drain(), ANSWER_WITHIN_S)


def _object(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadFrame(f"this is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadFrame("a line is one JSON object")
    return found


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """A socket's address holds 107 bytes; by way of its folder's descriptor a path of any length fits."""
    try:
        folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise HardwareMissing(f"there is no folder {path.parent}: {error.strerror}") from error
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
