"""The card that an OSDP reader reports, in the form that all readers give it."""

import re

from devices.access.card import Card
from devices.access.readers.wiegand_frame import FORMATS, card_in_bits
from devices.errors import BadFrame

DECIMAL = re.compile(r"[0-9]{1,16}")
HEX = re.compile(r"[0-9A-Fa-f]{1,14}")
MOST_BITS = 56
"""Of a number of fourteen hex digits, the longest that a card can have here."""


def card_of_bits(bits: str) -> Card:
    """The card in the bits of a RAW reply, `0` and `1`.

    26 and 34 bits whose parities fit are those of a Wiegand reader, so that a card is the same at both; any others are
    a number as they stand, the first bit the highest.

    Raises:
        BadFrame: there are none, or too many. No message tells anything of the number.
    """
    if len(bits) in FORMATS:
        try:
            return card_in_bits(bits, FORMATS[len(bits)])
        except BadFrame:  # in the secure channel no bit is lost: it is a number of this length
            return Card.numbered(int(bits, 2))
    if not 0 < len(bits) <= MOST_BITS:
        raise BadFrame(f"cards of {len(bits)} bits cannot be told apart: set the reader to send the number of the card")
    return Card.numbered(int(bits, 2))


def card_of_text(text: str) -> Card:
    """The card in the characters of an FMT reply: decimal digits, or hex digits with a letter among them.

    Raises:
        BadFrame: they are neither.
    """
    if DECIMAL.fullmatch(text):
        return Card.numbered(int(text))
    if HEX.fullmatch(text):
        return Card.numbered(int(text, 16))
    raise BadFrame("what it sends of a card are no digits: set the reader to send raw bits")
