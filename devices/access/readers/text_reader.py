"""Readers on a serial port that write a line for each card, as those that somebody has built do."""

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from devices.access.card import Card
from devices.access.options import TextReader
from devices.access.readers.reader import Reader, Refusal, Trouble
from devices.access.readers.text_cards import cards_of, understood
from devices.access.readers.text_line import TextLine, TextLines
from devices.access.site_key import SiteKey
from devices.board.board import Board, Serial


class TextCardReader(Reader):
    """Listens to one reader. Nobody can see whether it only has no card: it then writes nothing."""

    def __init__(self, options: TextReader, board: Board, device: str, site_key: SiteKey) -> None:
        self._options = options
        self._board = board
        self._device = device
        self._site_key = site_key

    @asynccontextmanager
    async def opened(self, trouble: Trouble) -> AsyncIterator[AsyncIterator[Card | Refusal]]:
        async with (
            understood(self._options, self._board, self._device, self._site_key) as read,
            self._board.serial(self._options.port, baudrate=self._options.baudrate) as serial,
            aclosing(_lines(serial)) as lines,
            aclosing(cards_of(lines, read, self._options.away, trouble)) as cards,
        ):
            yield cards


async def _lines(serial: Serial) -> AsyncGenerator[TextLine, None]:
    """What is no ASCII stays in its line as what it never means, and makes it void."""
    lines = TextLines(timed=False)
    while True:
        data = await serial.read()
        now_ns = time.monotonic_ns()
        for character in data.decode("ascii", errors="replace"):
            if line := lines.put(character, now_ns):
                yield line
