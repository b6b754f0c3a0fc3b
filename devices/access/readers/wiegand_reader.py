"""Readers with a Wiegand output, their two wires on lines of the header."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager

from devices.access.card import Card
from devices.access.options import WiegandReader
from devices.access.presentations import Presentations
from devices.access.readers.reader import Reader, Trouble
from devices.access.readers.wiegand_bits import PAUSE_NS, Burst, WiegandBits
from devices.access.readers.wiegand_frame import card_in_bits
from devices.board.board import Bias, Board, Edge, EdgeKind, Edges, Line
from devices.errors import BadFrame

LATE_TURNS = 5
"""Before it counts that no pulse came, those on their way get so many turns of the loop."""


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
        batches = aiter(edges)
        while True:
            async with _begun(anext(batches)) as coming:
                while bits.unfinished and not await _comes(coming):
                    if burst := bits.end():
                        yield burst
                for burst in _fed(bits, await coming):
                    yield burst


@asynccontextmanager
async def _begun(wait: Awaitable[Sequence[Edge]]) -> AsyncIterator[asyncio.Future[Sequence[Edge]]]:
    """A wait that goes on beside others, and has ended when this is left: then the lines can be let go."""
    coming = asyncio.ensure_future(wait)
    try:
        yield coming
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


def _fed(bits: WiegandBits, edges: Sequence[Edge]) -> Iterator[Burst]:
    for edge in edges:
        if burst := bits.feed(edge):
            yield burst


async def _comes(coming: asyncio.Future[Sequence[Edge]]) -> bool:
    """Whether there are further edges before a pause is over."""
    await asyncio.wait([coming], timeout=PAUSE_NS / 1e9)
    for _ in range(LATE_TURNS):
        if not coming.done():
            await asyncio.sleep(0)
    return coming.done()
