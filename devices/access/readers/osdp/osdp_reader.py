"""An OSDP reader: cards come through its secure channel, its lamp and buzzer show answers, it reports tampering."""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress

from devices.access.card import Card
from devices.access.options import OsdpReader
from devices.access.presentations import Presentations
from devices.access.readers.osdp.diagnosis import KeyRefused
from devices.access.readers.osdp.keys import KEY_BYTES, BadReaderKey, ReaderKey, ReaderKeys
from devices.access.readers.osdp.line import Line, shared_line
from devices.access.readers.osdp.panel import Panel
from devices.access.readers.osdp.reports import StatusReport
from devices.access.readers.reader import Answer, Reader, Refusal, Trouble
from devices.board.board import Board
from devices.errors import AlcolabError, DeviceOffline

ONLINE_WITHIN_S = 15.0
"""With a slow line, several readers at it, and one that is busy at first."""
NOBODYS_KEY = secrets.token_bytes(KEY_BYTES)
"""Opens nothing, but shows whether there is a reader."""


class NoReaderKey(AlcolabError, LookupError):
    """The reader was never installed: there is no key for it."""


class OsdpCardReader(Reader):
    """One reader at a line that it may share; `device` is the name under which its key is kept."""

    def __init__(self, options: OsdpReader, board: Board, device: str) -> None:
        self._options = options
        self._install = options.install and not board.forgets
        self._board = board
        self._keys = ReaderKeys(board, device)
        self._name = f"the reader with address {options.address} at {options.port}"
        self._open: tuple[Line, Panel] | None = None

    @asynccontextmanager
    async def opened(self, trouble: Trouble) -> AsyncIterator[AsyncIterator[Card | Refusal]]:
        try:
            key = await self._key()
            async with self._online(key) as panel, aclosing(self._cards(panel, trouble)) as cards:
                yield cards
        except (NoReaderKey, BadReaderKey, KeyRefused) as error:
            trouble(str(error))
            raise

    def show(self, answer: Answer) -> None:
        if self._open is not None:
            line, panel = self._open
            line.show(panel, answer)

    async def _key(self) -> ReaderKey | None:
        """The reader's key; one is made only where the reader is to be installed."""
        if self._install:
            with suppress(BadReaderKey):
                if (key := await self._keys.kept()) is not None:
                    return key
            return await self._keys.made()
        key = await self._keys.kept()
        if key is not None and key.installed:  # a later `install: true` is to work once more
            key = ReaderKey(key.key)
            await self._keys.keep(key)
        return key

    @asynccontextmanager
    async def _online(self, key: ReaderKey | None) -> AsyncIterator[Panel]:
        """The reader in its secure channel."""
        line = shared_line(self._board, self._options.port, self._options.baudrate)
        scbk = NOBODYS_KEY if key is None else key.key
        installing = self._install and key is not None and not key.installed
        panel = line.panel(self._name, self._options.address, scbk, installing=installing)
        async with line.joined(panel, self._board):
            await self._until_online(panel, known=key is not None)
            if installing:
                await self._keys.keep(ReaderKey(scbk, installed=True))
            self._open = line, panel
            try:
                yield panel
            finally:
                self._open = None

    async def _until_online(self, panel: Panel, *, known: bool) -> None:
        try:
            async with asyncio.timeout(ONLINE_WITHIN_S):
                await panel.until_online()
        except TimeoutError:
            raise DeviceOffline(f"{self._name} does not become ready: cut its supply for a moment") from None
        except KeyRefused:
            if known:
                raise
            raise NoReaderKey(
                f"{self._name} is there ({panel.identity}), but has no key here: install it once with `install: true`, "
                "while it has its factory key"
            ) from None

    async def _cards(self, panel: Panel, trouble: Trouble) -> AsyncGenerator[Card | Refusal, None]:
        presentations = Presentations(self._options.away)
        done = "the reader has its key: take `install` out of config.yaml again" if self._install else ""
        trouble(done)
        while True:
            report = await panel.report()
            if isinstance(report, StatusReport):
                trouble("; ".join(filter(None, [done, report.problem])))
                continue
            card = report.card()
            if isinstance(card, Refusal) or presentations.begins(card, time.monotonic()):
                yield card
