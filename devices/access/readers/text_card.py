"""A card's number as a reader types or writes it: in hex digits or in decimal ones, perhaps last byte first."""

import re

from devices.access.card import Card
from devices.access.options import TextFormat
from devices.errors import BadFrame

HEX = re.compile(r"(?:[0-9A-Fa-f]{2}[ :-]?){2,6}[0-9A-Fa-f]{2}")
"""Three to seven bytes: the least of what any reader reads, and the longest number that a card has."""
FACILITY_AND_CARD = re.compile(r"([0-9]{3}),?([0-9]{5})")
DECIMAL = re.compile(r"[0-9]{9,17}")
BYTES_OF_DIGITS = {10: 4, 13: 5, 17: 7}
"""How many bytes a decimal number of so many digits has at most; readers fill it with zeros."""


def card_in_text(text: str, text_format: TextFormat, *, last_byte_first: bool) -> Card:
    """The card whose number this is. It is either `hex` or `decimal`.

    Raises:
        BadFrame: it is none. The message tells nothing of the number.
    """
    number = _hex(text) if text_format is TextFormat.HEX else _decimal(text)
    return Card.numbered(int.from_bytes(number, "little" if last_byte_first else "big"))


def _hex(text: str) -> bytes:
    if not HEX.fullmatch(text):
        raise BadFrame(
            f"a line of {len(text)} characters is no number of 6 to 14 hex digits: "
            "check the option format, what the reader is set to and its speed"
        )
    return bytes.fromhex(re.sub("[ :-]", "", text))


def _decimal(text: str) -> bytes:
    if match := FACILITY_AND_CARD.fullmatch(text):
        facility, card = int(match[1]), int(match[2])
        if facility < 2**8 and card < 2**16:
            return bytes([facility]) + card.to_bytes(2)
        raise BadFrame("eight digits are no facility code and card number: set the reader to ten digits")
    if not DECIMAL.fullmatch(text):
        raise BadFrame(
            f"a line of {len(text)} characters is no number of 8 to 17 decimal digits: "
            "check the option format, what the reader is set to and its speed"
        )
    number = int(text)
    for digits, length in BYTES_OF_DIGITS.items():
        if len(text) <= digits and number < 2 ** (8 * length):
            return number.to_bytes(length)
    raise BadFrame("these decimal digits are a number of more than seven bytes: check what the reader is set to")
