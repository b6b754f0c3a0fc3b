"""A RetroArch as its network commands show it: UDP, a command on each line, and the manners of the real one (1.14).

It confirms nothing by itself, writes a state to the disk only a while after `SAVE_STATE`, and forgets it when the game
is closed before. Source: https://docs.libretro.com/development/retroarch/network-control-interface/.
"""

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from devices.arcade.games.game import LOOPBACK
from devices.board.world import Fault
from devices.errors import LineBusy

VERSION = "1.14.0"
CHECKSUM = "crc32=3bf1d6d7"
STATE = b"RASTATE\1"
NOT_RETROARCH = "HTTP/1.0 400 Bad Request"
PORTS_TRIED, PORT_MOST = 100, 65535
SAVES_WITHIN_S = 0.3
LOOK_EVERY_S = 0.1
REMEMBERED = 1000


def free_port(wanted: int) -> int:
    """The next UDP port that nobody listens on: a demonstration leaves the RetroArch of its machine alone."""
    for port in range(wanted, min(wanted + PORTS_TRIED, PORT_MOST + 1)):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trying, suppress(OSError):
            trying.bind((LOOPBACK, port))
            return port
    return wanted


class PlayedRetroArch(asyncio.DatagramProtocol):
    """Runs so long as `run`; `port` 0 becomes a free one. `fault` says how it is broken now: it does not run (unplug),
    does not answer (hang), loses every other datagram (drift), or is another program (garbage).
    """

    def __init__(self, port: int, states: Path, fault: Callable[[], Fault | None] = lambda: None) -> None:
        self.port = port
        self.game: str | None = None
        self.system = ""
        self.paused = False
        self.muted = False
        self.messages: deque[str] = deque(maxlen=REMEMBERED)
        """What it has shown on its screen."""
        self.commands: deque[str] = deque(maxlen=REMEMBERED)
        """What it was told, the oldest first."""
        self.listening = asyncio.Event()
        self._states = states
        self._fault = fault
        self._datagrams = 0
        self._saving: asyncio.TimerHandle | None = None
        self._transport: asyncio.DatagramTransport | None = None

    def start(self, game: str, system: str) -> None:
        """Somebody starts a game."""
        self.close()
        self.game, self.system = game, system

    def close(self) -> None:
        """The game is closed; a state that is not yet on the disk is lost."""
        if self._saving is not None:
            self._saving.cancel()
        self.game, self.paused = None, False

    async def run(self) -> None:
        """Listen until cancelled, but while it is unplugged.

        Raises:
            LineBusy: another program listens there.
        """
        try:
            while True:
                if self._fault() is Fault.UNPLUG:
                    self._stop()
                elif self._transport is None:
                    await self._listen()
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            self._stop()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(LOOPBACK, self.port))
        except OSError as error:
            raise LineBusy(
                f"UDP port {self.port} is taken, so no RetroArch is played there: {error.strerror}"
            ) from error
        self.port = self._transport.get_extra_info("sockname")[1]
        self.listening.set()

    def _stop(self) -> None:
        self.close()
        self.listening.clear()
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._datagrams += 1
        fault = self._fault()
        if fault is Fault.HANG or (fault is Fault.DRIFT and self._datagrams % 2):
            return
        for command in data.decode(errors="replace").splitlines():
            reply = NOT_RETROARCH if fault is Fault.GARBAGE else self._reply(command)
            if reply and self._transport is not None:
                self._transport.sendto(reply.encode(), addr)

    def _reply(self, line: str) -> str | None:
        """Carry out one command; most have no answer."""
        self.commands.append(line)
        command, _, argument = line.partition(" ")
        match command:
            case "VERSION":
                return f"{VERSION}\n"
            case "GET_STATUS":
                return self._status()
            case "GET_CONFIG_PARAM" if argument == "savestate_directory":
                return f"GET_CONFIG_PARAM {argument} {self._states}\n"
            case "GET_CONFIG_PARAM":
                return f"GET_CONFIG_PARAM {argument} unsupported\n"
            case "SHOW_MSG":
                self.messages.append(argument)
            case "MUTE":
                self.muted = not self.muted
            case "PAUSE_TOGGLE":
                self.paused = self.game is not None and not self.paused
            case "SAVE_STATE" if self.game is not None:
                self._saving = asyncio.get_running_loop().call_later(SAVES_WITHIN_S, self._save, self.game)
            case "CLOSE_CONTENT":
                self.close()
        return None

    def _status(self) -> str:
        if self.game is None:
            return "GET_STATUS CONTENTLESS"
        return f"GET_STATUS {'PAUSED' if self.paused else 'PLAYING'} {self.system},{self.game},{CHECKSUM}\n"

    def _save(self, game: str) -> None:
        self._states.mkdir(parents=True, exist_ok=True)
        (self._states / f"{game}.state").write_bytes(STATE)
