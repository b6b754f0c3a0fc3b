"""Readers with a Wiegand output, their two wires on lines of the header."""

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from devices.access.card import Card
from devices.access.options import WiegandReader
from devices.access.presentations import Presentations
from devices.access.readers.pauses import with_pauses
from devices.access.readers.reader import Reader, Trouble
from devices.access.readers.wiegand_bits import PAUSE_NS, Burst, WiegandBits
from devices.access.readers.wiegand_frame import card_in_bits
from devices.board.board import Bias, Board, EdgeKind, Edges, Line
from devices.errors import BadFrame


class WiegandCardReader(Reader):
    """Listens to one reader. Nobody can see whether it is dead or only has no card: its wires then rest."""

    def __init__(self, options: WiegandReader, board: Board) -> None:
        self._options = options
        self._board = board

    @asynccontextmanager
    async def opened(self, trouble: Trouble) -> AsyncIterator[AsyncIterator[Card]]:
        wires = (self._options.d0, self._options.d1)
        lines = [Line(wire, bias=Bias.PULL_UP, edges=EdgeKind.FALLING) for wire in wires]
        async with self._board.edges(lines) as edges, aclosing(self._cards(edges, trouble)) as cards:
            yield cards

    async def _cards(self, edges: Edges, trouble: Trouble) -> AsyncGenerator[Card, None]:
        presentations = Presentations(self._options.away)
        async with aclosing(self._bursts(edges)) as bursts:
            async for burst in bursts:
                card = self._card(burst, trouble)
                if card is not None and presentations.begins(card, time.monotonic()):
                    yield card

    def _card(self, burst: Burst, trouble: Trouble) -> Card | None:
        """Whoever presses keys of a keypad does no harm, and opens nothing."""
        if burst.spoilt:
            trouble(burst.spoilt)
        elif not burst.is_key:
            try:
                card = card_in_bits(burst.bits, self._options.format)
            except BadFrame as error:
                trouble(str(error))
            else:
                trouble("")
                return card
        return None

    async def _bursts(self, edges: Edges) -> AsyncGenerator[Burst, None]:
        bits = WiegandBits(self._options.d0, self._options.d1)

        def patience() -> float | None:
            return PAUSE_NS / 1e9 if bits.unfinished else None

        async with aclosing(with_pauses(aiter(edges), patience)) as batches:
            async for batch in batches:
                for burst in [bits.end()] if batch is None else map(bits.feed, batch):
                    if burst:
                        yield burst
