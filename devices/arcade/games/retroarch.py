"""RetroArch's network commands: UDP, unacknowledged, unauthenticated, and bound to every address.

Source: https://docs.libretro.com/development/retroarch/network-control-interface/. RetroArch carries out each line of
a datagram, so that a `VERSION` behind a command acknowledges it. Nothing says when a state is saved, and a game that is
closed too soon after `SAVE_STATE` is not saved at all (seen with 1.14), so the state's file is waited for. RetroArch
saves states only where it finds the core's description: `libretro_directory` and `libretro_info_path` must both be set.
"""

import asyncio
import logging
import socket
from dataclasses import dataclass
from enum import StrEnum

from devices.arcade.games.game import LOOPBACK, Game
from devices.arcade.games.saved_states import SavedStates
from devices.board.blocking import BlockingCalls
from devices.errors import BadFrame, NoReply

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 0.5
"""RetroArch looks at its socket once a frame; saving a large state takes it several."""
TRIES = 4
SAVED_WITHIN_S = 3.0
CLOSED_WITHIN_S = 5.0
LOOK_EVERY_S = 0.1
TEXT_MOST = 200
"""Letters of a message on its screen."""


class Condition(StrEnum):
    """What RetroArch does."""

    ABSENT = "absent"
    """It does not run, or has no network commands."""
    CONTENTLESS = "contentless"
    PLAYING = "playing"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Status:
    """Its condition, and the game unless there is none."""

    condition: Condition
    game: Game | None = None


def parse_status(reply: str) -> Status:
    """The answer to `GET_STATUS`, such as `GET_STATUS PLAYING Nestopia,Nova (World),crc32=3bf1d6d7`.

    Raises:
        BadFrame: it is none.
    """
    match reply.rstrip("\n\0").split(" ", 2):
        case ["GET_STATUS", "CONTENTLESS"]:
            return Status(Condition.CONTENTLESS)
        case ["GET_STATUS", "PLAYING" | "PAUSED" as condition, content] if content.count(",") >= 2:
            system, _, rest = content.partition(",")
            return Status(Condition(condition.lower()), Game(rest.rpartition(",")[0], system))
    raise BadFrame(f"this is not what RetroArch answers to GET_STATUS: {reply[:80]!r}")


class RetroArch:
    """RetroArch on this machine."""

    def __init__(self, port: int, calls: BlockingCalls) -> None:
        self._port = port
        self._calls = calls

    async def status(self) -> Status:
        """What it does now.

        Raises:
            NoReply: it runs and does not answer.
            BadFrame: another program answers at its port.
        """
        reply = await self._ask("GET_STATUS")
        return Status(Condition.ABSENT) if reply is None else parse_status(reply)

    async def running_game(self) -> Game | None:
        """The game that it plays. Errors as in `status`."""
        return (await self.status()).game

    async def say(self, text: str) -> None:
        """Show a line on its screen, whose letters are Latin ones only. Errors as in `status`."""
        await self._tell(f"SHOW_MSG {' '.join(text.split())[:TEXT_MOST]}")

    async def save(self) -> bool:
        """Save the game's state; whether it was seen on the disk. Without a game there is nothing to save."""
        game = (await self._status_or_none()).game
        return game is not None and await self._save(game)

    async def save_and_close(self) -> bool:
        """Save the game's state and close the game; whether the state was seen on the disk.

        Raises:
            NoReply: the game does not close.
        """
        if (game := (await self._status_or_none()).game) is None:
            return False
        saved = await self._save(game)
        for _ in range(TRIES):
            await self._took("CLOSE_CONTENT")
            if await self._has_closed():
                return saved
        raise NoReply("RetroArch does not close its game: end it by hand, and see whether network_cmd_enable is on")

    async def _save(self, game: Game) -> bool:
        states = SavedStates(await self._setting("savestate_directory"), game.name, self._calls)
        before = await states.newest()
        if not await self._took("SAVE_STATE"):
            return False
        loop = asyncio.get_running_loop()
        until = loop.time() + SAVED_WITHIN_S
        while loop.time() < until:
            await asyncio.sleep(LOOK_EVERY_S)
            if (after := await states.newest()) != before:
                await asyncio.sleep(LOOK_EVERY_S)
                if after == await states.newest():
                    return True
        return False

    async def _setting(self, name: str) -> str:
        """A setting's value, as far as it is told."""
        try:
            reply = await self._ask(f"GET_CONFIG_PARAM {name}")
        except NoReply:
            return ""
        return (reply or "").rstrip("\n\0").removeprefix(f"GET_CONFIG_PARAM {name} ")

    async def _has_closed(self) -> bool:
        loop = asyncio.get_running_loop()
        until = loop.time() + CLOSED_WITHIN_S / TRIES
        while loop.time() < until:
            if (await self._status_or_none()).condition in {Condition.ABSENT, Condition.CONTENTLESS}:
                return True
            await asyncio.sleep(LOOK_EVERY_S)
        return False

    async def _status_or_none(self) -> Status:
        """What it does; silence and nonsense pass for a game, which is then closed as well as can be."""
        try:
            return await self.status()
        except (NoReply, BadFrame) as error:
            log.info("RetroArch: %s", error)
            return Status(Condition.PLAYING, Game("", ""))

    async def _took(self, command: str) -> bool:
        try:
            await self._tell(command)
        except NoReply as error:
            log.warning("RetroArch did not confirm %s: %s", command, error)
            return False
        return True

    async def _tell(self, command: str) -> None:
        await self._ask(f"{command}\nVERSION")

    async def _ask(self, commands: str) -> str | None:
        """The reply to one datagram, asked again if none comes; None where nobody listens."""
        for _ in range(TRIES):
            try:
                return await self._ask_once(commands)
            except TimeoutError:
                continue
            except ConnectionRefusedError:
                return None
            except OSError as error:
                raise NoReply(f"RetroArch cannot be asked at UDP port {self._port}: {error.strerror}") from error
        raise NoReply(f"RetroArch does not answer at UDP port {self._port}")

    async def _ask_once(self, commands: str) -> str:
        """By a socket of its own, so that a late answer to the question before is not taken for this one's."""
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.setblocking(False)
            asking.connect((LOOPBACK, self._port))
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await loop.sock_sendall(asking, commands.encode())
                return (await loop.sock_recv(asking, 4096)).decode(errors="replace")
