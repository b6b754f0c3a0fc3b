"""A badge reader, as the lab sees it: each badge that is held to it is an event with a credential, never a number."""

import asyncio
from collections.abc import Iterable

from devices.access.options import (
    BadgeReaderOptions,
    Id12laReader,
    KeyboardReader,
    OsdpReader,
    Rdm6300Reader,
    TextReader,
    WiegandReader,
)
from devices.access.readers.reader import Reader
from devices.access.readers.serial_reader import SerialCardReader
from devices.access.site_key import site_key
from devices.board.board import Board, Claim
from devices.device import Device, EventKind, Port, StateKind
from devices.errors import AlcolabError, HardwareMissing

AGAIN_S = 2.0
"""Whoever plugs a reader in again stands before it: it is looked for more often than the supervisor would."""
READER = "reader"
"""The part that `problems` names."""


class BadgeReader(Device[BadgeReaderOptions]):
    """Online while its port is open and the site's key is known."""

    options = BadgeReaderOptions
    events = (
        EventKind("badge", "A badge was shown: `credential`, a keyed hash of its number, and `strength`, its proof."),
    )
    states = (StateKind("problems", "What a technician should look after; empty when all is well."),)

    @classmethod
    def claims(cls, config: BadgeReaderOptions) -> Iterable[Claim]:
        match config.reader:
            case Rdm6300Reader() | Id12laReader() | TextReader() as reader:
                return [Claim("serial", reader.port)]
            case OsdpReader() as reader:
                return [Claim("serial", reader.port, shared_as="osdp")]
            case WiegandReader() as reader:
                return [Claim("line", reader.d0), Claim("line", reader.d1)]
            case KeyboardReader() as reader:
                return [Claim("input", reader.device)]

    async def run(self, port: Port) -> None:
        while True:
            try:
                await self._report(port)
            except AlcolabError as error:
                port.offline(str(error))
            await asyncio.sleep(AGAIN_S)

    async def _report(self, port: Port) -> None:
        key = await site_key(self.board, self.config.key_file)
        problems = Problems(port)
        async with reader_of(self.config, self.board).opened(problems.are) as cards:
            port.online()
            problems.are("")
            async for card in cards:
                port.event("badge", {"credential": key.credential(card), "strength": card.strength})


class Problems:
    """The state `problems`, said when it changes."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._said: str | None = None

    def are(self, problem: str) -> None:
        """The reader's problem; the empty text: none."""
        if problem != self._said:
            self._said = problem
            self._port.state("problems", {READER: problem} if problem else {})


def reader_of(config: BadgeReaderOptions, board: Board) -> Reader:
    """The reader that the options describe."""
    match config.reader:
        case Rdm6300Reader() | Id12laReader() as options:
            return SerialCardReader(options, board)
        case options:
            raise HardwareMissing(f"readers of the type {options.type} cannot be opened yet")
