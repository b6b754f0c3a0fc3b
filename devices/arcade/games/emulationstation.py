"""EmulationStation: its HTTP interface where it has one (Batocera, RetroBat), its scripts where it has not.

Source: batocera-emulationstation, `es-app/src/services/HttpServerThread.cpp`; for the scripts RetroPie's `runcommand`
and EmulationStation's `scripts/game-start` and `game-end`.
"""

import http.client
import json
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from devices.arcade.games.game import LOOPBACK, Game
from devices.board.blocking import BlockingCalls
from devices.errors import AlcolabError, BadFrame, DeviceOffline, NoReply

ANSWER_WITHIN_S = 2.0
NO_GAME = 201
"""HTTP status of `/runningGame` while none runs."""
ANSWER_MOST = 64 * 1024


class EmulationStation:
    """Its HTTP interface on this machine."""

    def __init__(self, port: int, calls: BlockingCalls) -> None:
        self._port = port
        self._calls = calls

    async def running_game(self) -> Game | None:
        """The game that it has started.

        Raises:
            DeviceOffline: it does not run, or has no HTTP interface.
            NoReply: it does not answer.
            BadFrame: what it answers is no game.
        """
        status, body = await self._ask("GET", "/runningGame")
        return None if status == NO_GAME else parse_game(body)

    async def say(self, text: str) -> None:
        """Show a message on its screen. Errors as in `running_game`."""
        await self._ask("POST", "/notify", text)

    async def end_game(self) -> None:
        """End the emulator that it has started. Errors as in `running_game`."""
        await self._ask("GET", "/emukill")

    async def _ask(self, method: str, path: str, text: str | None = None) -> tuple[int, bytes]:
        ask = partial(_ask, self._port, method, path, text)
        try:
            return await self._calls.run(f"EmulationStation {path}", ask, deadline_s=ANSWER_WITHIN_S + 1.0)
        except TimeoutError as error:
            raise NoReply(f"EmulationStation does not answer at port {self._port}") from error
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, AlcolabError):
                raise
            raise DeviceOffline(f"EmulationStation is not at port {self._port}: {error}") from error


def _ask(port: int, method: str, path: str, text: str | None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=ANSWER_WITHIN_S)
    try:
        headers = {} if text is None else {"Content-Type": "text/plain; charset=utf-8"}
        connection.request(method, path, None if text is None else text.encode(), headers)
        answer = connection.getresponse()
        return answer.status, answer.read(ANSWER_MOST)
    finally:
        connection.close()


def parse_game(body: bytes) -> Game:
    """The answer of `/runningGame`: an object with `name`, `path` and `systemName`.

    Raises:
        BadFrame: it is none.
    """
    try:
        answer: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadFrame(f"EmulationStation's answer is not JSON: {error}") from error
    match answer:
        case {"path": str(path)}:
            return Game(PurePosixPath(path).stem, str(answer.get("systemName", "")))
    raise BadFrame(f"EmulationStation's answer names no game: {body[:80]!r}")


def parse_script(datagram: bytes) -> Game | None:
    """What the script `game-event` says: `start`, system and the game's file, or `end`, separated by tabs.

    Raises:
        BadFrame: it says something else.
    """
    match datagram.decode(errors="replace").rstrip("\n").split("\t"):
        case ["start", system, file] if file:
            return Game(PurePosixPath(file).stem, system)
        case ["end"]:
            return None
    raise BadFrame(f"this is not what the script game-event says: {datagram[:80]!r}")
