"""Cards by the lines of text that a reader types or writes."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import TypeAlias

from devices.access.card import Card
from devices.access.options import KeyboardReader, TextReader
from devices.access.presentations import Presentations
from devices.access.readers.reader import Refusal, Trouble
from devices.access.readers.text_card import card_in_text
from devices.access.readers.text_line import TextLine
from devices.errors import BadFrame

ReadsText: TypeAlias = Callable[[str], Awaitable[Card | Refusal]]
"""Understands the text that a reader says of one card; raises BadFrame, without anything of the text, if it is none."""


def number_in(options: KeyboardReader | TextReader) -> ReadsText:
    """Texts that are numbers, as the options say."""

    async def read(text: str) -> Card:
        return card_in_text(text, options.format, last_byte_first=options.reversed)

    return read


async def cards_of(
    lines: AsyncIterator[TextLine], read: ReadsText, away_s: float, trouble: Trouble
) -> AsyncGenerator[Card | Refusal, None]:
    """The presentations of cards. What is no card is told as trouble, until the next card."""
    presentations = Presentations(away_s)
    async for line in lines:
        if line.spoilt:
            trouble(line.spoilt)
            continue
        try:
            card = await read(line.text)
        except BadFrame as error:
            trouble(str(error))
            continue
        trouble("")
        if isinstance(card, Refusal) or presentations.begins(card, time.monotonic()):
            yield card
