"""Cards by the lines of text that a reader types or writes."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

from devices.access.card import Card
from devices.access.options import SaysText
from devices.access.presentations import Presentations
from devices.access.readers.reader import Refusal, Trouble
from devices.access.readers.text_card import card_in_text
from devices.access.readers.text_line import TextLine
from devices.access.site_key import SiteKey
from devices.board.board import Board
from devices.errors import BadFrame

ReadsText: TypeAlias = Callable[[str, Trouble], Awaitable[Card | Refusal]]
"""Understands what a reader says of one card; raises BadFrame, without anything of the text, if it says nothing."""


async def cards_of(
    lines: AsyncIterator[TextLine], read: ReadsText, away_s: float, trouble: Trouble
) -> AsyncGenerator[Card | Refusal, None]:
    """The presentations of cards. What is no card is told as trouble, until the next card."""
    presentations = Presentations(away_s)
    async for line in lines:
        card = await _card(line, read, trouble)
        if isinstance(card, Refusal) or (card and presentations.begins(card, time.monotonic())):
            yield card


async def _card(line: TextLine, read: ReadsText, trouble: Trouble) -> Card | Refusal | None:
    try:
        if not line.spoilt:
            return await read(line.text, trouble)
    except BadFrame as error:
        trouble(str(error))
    else:
        trouble(line.spoilt)
    return None


@asynccontextmanager
async def understood(options: SaysText, board: Board, device: str, site_key: SiteKey) -> AsyncIterator[ReadsText]:
    """How its texts are read; errors as in `Reader`. Cryptography is loaded only where tags prove their keys."""
    if options.sun is None:
        yield _numbers(options)
    else:
        from devices.access.sun.sun_messages import sun_messages

        async with sun_messages(device, options.sun, board, site_key) as messages:
            yield messages.read


def _numbers(options: SaysText) -> ReadsText:
    async def read(text: str, trouble: Trouble) -> Card:
        card = card_in_text(text, options.format, last_byte_first=options.reversed)
        trouble("")
        return card

    return read
