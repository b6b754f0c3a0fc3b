"""One RS-485 line, which its readers share: opened with the first, closed with the last, one exchange at a time."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from math import inf
from weakref import WeakKeyDictionary

from devices.access.readers.osdp.panel import Panel
from devices.access.readers.osdp.stream import FrameFinder
from devices.access.readers.reader import Answer
from devices.board.board import Board, Serial
from devices.errors import LineBusy

REPLY_WITHIN_S = 0.205
"""A reader answers within 200 ms; libosdp waits for as long."""
BITS_PER_BYTE = 10
LONGEST_REPLY_BYTES = 64
"""Of those that are heard here: cards, cryptograms, capabilities."""
QUIET_BYTES = 2
"""The line is left quiet for the time of so many bytes, so that the last speaker lets go of it."""


class Line:
    """Asks its readers in turn. One that is silent costs the others the time of a reply, and then is left alone."""

    def __init__(self, port: str, baudrate: int) -> None:
        self.baudrate = baudrate
        self._port = port
        self._known: dict[int, tuple[tuple[bytes, bool], Panel]] = {}
        self._joined: dict[int, Panel] = {}
        self._wake = asyncio.Event()
        self._free = asyncio.Lock()
        """Held while the port is open: it is opened again only after it was closed."""
        self._driving: asyncio.Task[None] | None = None

    @property
    def used(self) -> bool:
        return bool(self._joined)

    def panel(self, reader: str, address: int, key: bytes, *, installing: bool) -> Panel:
        """The panel for a reader; the one of before, if nothing has changed: libosdp never frees all of one."""
        how = (key, installing)
        if address not in self._known or self._known[address][0] != how:
            self._known[address] = how, Panel(reader, address, key, installing=installing)
        return self._known[address][1]

    @asynccontextmanager
    async def joined(self, panel: Panel, board: Board) -> AsyncIterator[None]:
        """While inside, the panel's reader is asked in its turn; what goes wrong, the panel says.

        Raises:
            LineBusy: another reader has this address.
        """
        if panel.address in self._joined:
            raise LineBusy(f"two readers at {self._port} have the address {panel.address}: give each its own")
        panel.begin()
        self._joined[panel.address] = panel
        self._wake.set()
        if self._driving is None or self._driving.done():
            self._driving = asyncio.create_task(self._drive(board), name=f"OSDP line {self._port}")
        try:
            yield
        finally:
            del self._joined[panel.address]
            if not self._joined:
                await self._close()

    def show(self, panel: Panel, answer: Answer) -> None:
        """Show it at the panel's reader at once."""
        panel.show(answer)
        self._wake.set()

    async def _close(self) -> None:
        driving, self._driving = self._driving, None
        if driving is not None:
            driving.cancel()
            await asyncio.wait([driving])

    async def _drive(self, board: Board) -> None:
        try:
            async with self._free, board.serial(self._port, baudrate=self.baudrate) as serial:
                while True:
                    for panel in tuple(self._joined.values()):
                        await self._ask(serial, panel)
                    await self._rest()
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to those whose readers are at the line
            for panel in self._joined.values():
                panel.fail(error)

    async def _rest(self) -> None:
        """Until the first reader is due, or somebody sets `_wake`."""
        rest_s = min((panel.due_s for panel in self._joined.values()), default=inf) - time.monotonic()
        if rest_s > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(None if rest_s == inf else rest_s):
                    await self._wake.wait()
        self._wake.clear()

    async def _ask(self, serial: Serial, panel: Panel) -> None:
        """One command, if one is due, and the reply to it."""
        if panel.due_s > time.monotonic() or not (command := panel.command()):
            return
        await asyncio.sleep(self._takes_s(QUIET_BYTES))
        await serial.write(command)
        finder = FrameFinder()
        try:
            async with asyncio.timeout(REPLY_WITHIN_S + self._takes_s(len(command) + LONGEST_REPLY_BYTES)):
                while not any(panel.takes(frame) for frame in finder.feed(await serial.read())):
                    pass
        except TimeoutError:
            panel.silence(finder.refused + finder.begun)

    def _takes_s(self, count: int) -> float:
        """How long so many bytes are on their way."""
        return count * BITS_PER_BYTE / self.baudrate


_lines: WeakKeyDictionary[Board, dict[str, Line]] = WeakKeyDictionary()


def shared_line(board: Board, port: str, baudrate: int) -> Line:
    """The line at this port of the board, the same for all who ask.

    Raises:
        LineBusy: it is in use at another speed.
    """
    lines = _lines.setdefault(board, {})
    line = lines.get(port)
    if line is None or (line.baudrate != baudrate and not line.used):
        line = lines[port] = Line(port, baudrate)
    if line.baudrate != baudrate:
        raise LineBusy(f"readers at {port} have the speeds {line.baudrate} and {baudrate}: give all of them the same")
    return line
