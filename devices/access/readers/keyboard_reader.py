"""USB readers that type what they read: their keys are ours alone, and no one else's text."""

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from devices.access.card import Card
from devices.access.options import KeyboardReader
from devices.access.readers.pauses import with_pauses
from devices.access.readers.reader import Reader, Refusal, Trouble
from devices.access.readers.text_cards import cards_of, understood
from devices.access.readers.text_line import PAUSE_NS, TextLine
from devices.access.readers.typed_text import TypedText
from devices.access.site_key import SiteKey
from devices.board.board import Board, InputDevice


class KeyboardCardReader(Reader):
    """Listens to one reader. Nobody can see whether it only has no card: it then types nothing."""

    def __init__(self, options: KeyboardReader, board: Board, device: str, site_key: SiteKey) -> None:
        self._options = options
        self._board = board
        self._device = device
        self._site_key = site_key

    @asynccontextmanager
    async def opened(self, trouble: Trouble) -> AsyncIterator[AsyncIterator[Card | Refusal]]:
        async with (
            understood(self._options, self._board, self._device, self._site_key) as read,
            self._board.input_device(self._options.device) as keyboard,
            aclosing(_lines(keyboard)) as lines,
            aclosing(cards_of(lines, read, self._options.away, trouble)) as cards,
        ):
            yield cards


async def _lines(keyboard: InputDevice) -> AsyncGenerator[TextLine, None]:
    typed = TypedText()

    def patience() -> float | None:
        return PAUSE_NS / 1e9 if typed.lines.awaits_pause else None

    async with aclosing(with_pauses(aiter(keyboard), patience)) as reports:
        async for report in reports:
            if report is not None:
                for line in typed.feed(report, time.monotonic_ns()):
                    yield line
            elif ended := typed.lines.end():
                yield ended
