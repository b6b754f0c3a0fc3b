"""The bits of a Wiegand reader, 26 or 34: the first is an even parity over the first half, the last an odd one.

Between them stands the number, its most significant bit first: of 26 bits eight of facility code and sixteen of card
number, of 34 sixteen and sixteen. Source: SIA AC-01-1996.10, access control standard protocol for the 26-bit Wiegand
reader interface; the 34 bits are the same, with a longer facility code.
"""

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from devices.access.card import Card
from devices.device import Json
from devices.errors import BadFrame

Format: TypeAlias = Literal[26, 34]
"""How many bits a frame has."""
FORMATS: Mapping[int, Format] = {26: 26, 34: 34}
BITS = re.compile(r"[01]*")
SEPARATORS = re.compile(r"[\s_]+")


class WrongLength(BadFrame):
    """So many bits have no number."""


class SwappedWires(BadFrame):
    """Every bit is the opposite of what it should be."""


def card_in_bits(bits: str, format: Format | None) -> Card:  # noqa: A002 - as the option is called
    """The card in one frame: `0` and `1` and nothing else. Without a format, the length tells it.

    Raises:
        WrongLength: it has more bits than the format, or fewer.
        SwappedWires: the number would be right with every bit inverted.
        BadFrame: it is no frame. No message tells anything of the number.
    """
    if not BITS.fullmatch(bits):
        raise BadFrame("bits are written as 0 and 1, with spaces or _ between them where you like")
    if len(bits) not in ((format,) if format else FORMATS):
        allowed = format or " or ".join(map(str, FORMATS))
        raise WrongLength(f"a frame has {allowed} bits, this has {len(bits)}")
    half = len(bits) // 2
    first_is_even, second_is_odd = bits[:half].count("1") % 2 == 0, bits[half:].count("1") % 2 == 1
    if not (first_is_even or second_is_odd):
        # Both halves have an odd number of bits: inverting them all turns both parities.
        raise SwappedWires("every bit is inverted: D0 and D1 are swapped, exchange these two wires at the Pi")
    if not first_is_even:
        raise BadFrame(f"the even parity over the first {half} bits is wrong: a bit was lost or added, check the wires")
    if not second_is_odd:
        raise BadFrame(f"the odd parity over the last {half} bits is wrong: a bit was lost or added, check the wires")
    return Card.numbered(int(bits[1:-1], 2))


def bits_of(card: Card, format: Format) -> str:  # noqa: A002 - as the option is called
    """What a reader sends for a card; of a longer number it sends the lowest bits that fit."""
    number = f"{int(card.number, 16) % 2 ** (format - 2):0{format - 2}b}"
    half = len(number) // 2
    first, second = number[:half].count("1") % 2, 1 - number[half:].count("1") % 2
    return f"{first}{number}{second}"


def decode(text: str, *, format: str | None = None) -> Mapping[str, Json]:  # noqa: A002 - as the option is called
    """`{"number": "0000086CED", "facility": 8, "card": 27885}`; spaces and `_` between the bits count for nothing.

    Raises:
        BadFrame: these are no bits, or not a frame of this format.
    """
    if format is not None and format not in map(str, FORMATS):
        raise BadFrame(f"formats of Wiegand are {' and '.join(map(str, FORMATS))}, not {format!r}")
    card = card_in_bits(SEPARATORS.sub("", text), FORMATS[int(format)] if format else None)
    return {"number": card.number, "facility": int(card.number, 16) >> 16, "card": card.card}
