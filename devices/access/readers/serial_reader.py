"""RDM6300 and ID-12LA: 125 kHz readers on a serial port, which only speak."""

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from devices.access.card import Card
from devices.access.options import Id12laReader, Rdm6300Reader
from devices.access.presentations import Presentations
from devices.access.readers.reader import Reader, Trouble
from devices.access.readers.serial_frame import FrameFormat, FrameParser
from devices.board.board import Board, Serial

BAUDRATE = 9600
TROUBLE_AFTER_BYTES = 64
"""A card at the edge of the field spoils a frame or two; so many bytes without a frame need a technician."""


def format_of(options: Rdm6300Reader | Id12laReader) -> FrameFormat:
    return FrameFormat.ID_12LA if isinstance(options, Id12laReader) else FrameFormat.RDM6300


class SerialCardReader(Reader):
    """Listens to one reader. Nobody can see whether it is dead or only has no card: both are silent."""

    def __init__(self, options: Rdm6300Reader | Id12laReader, board: Board) -> None:
        self._options = options
        self._board = board

    @asynccontextmanager
    async def opened(self, trouble: Trouble) -> AsyncIterator[AsyncIterator[Card]]:
        async with (
            self._board.serial(self._options.port, baudrate=BAUDRATE) as serial,
            aclosing(self._cards(serial, trouble)) as cards,
        ):
            yield cards

    async def _cards(self, serial: Serial, trouble: Trouble) -> AsyncGenerator[Card, None]:
        parser = FrameParser(format_of(self._options))
        presentations = Presentations(self._options.away)
        while True:
            cards = parser.feed(await serial.read())
            trouble(self._trouble(parser))
            now_s = time.monotonic()
            for card in cards:
                if presentations.begins(card, now_s):
                    yield card

    def _trouble(self, parser: FrameParser) -> str:
        """Says nothing of what came: it may be most of a card's number."""
        if parser.refused < TROUBLE_AFTER_BYTES:
            return ""
        return f"what it sends is no badge: is it an {self._options.type}? Check its wires and its supply"
