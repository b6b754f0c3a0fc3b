"""The frame of serial 125 kHz readers: `02`, ten hex digits, two hex digits of checksum, `03`, all ASCII, 9600 8N1.

The checksum is the exclusive or of the five bytes that the ten digits stand for. An ID-12LA puts CR LF before the last
byte. Sources: Itead Studio, RDM6300 specification; ID Innovations, ID-2LA/ID-12LA/ID-20LA data sheet, "ASCII format".
"""

import re
from collections.abc import Mapping
from enum import Enum
from functools import partial, reduce
from operator import xor

from devices.access.card import Card
from devices.device import Json
from devices.errors import BadFrame

START = 0x02
DIGITS = re.compile(rb"[0-9A-Fa-f]{12}")


class FrameFormat(Enum):
    """What follows the digits of a frame."""

    RDM6300 = b"\x03"
    ID_12LA = b"\r\n\x03"

    @property
    def length(self) -> int:
        """Bytes of a whole frame."""
        return 13 + len(self.value)


class FrameParser:
    """Finds frames in a stream that may begin anywhere and break at any place; it misses none that is whole."""

    def __init__(self, frame_format: FrameFormat) -> None:
        self.refused = 0
        """How many bytes have come since the last frame that belong to none."""
        self._format = frame_format
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Card]:
        """The cards whose frames `data` completes. Less than a frame is kept."""
        self._buffer += data
        cards = []
        while len(self._buffer) >= self._format.length:
            try:
                cards.append(card_in(bytes(self._buffer[: self._format.length]), self._format))
                done, self.refused = self._format.length, 0
            except BadFrame:
                following = self._buffer.find(START, 1)
                done = following if following > 0 else len(self._buffer)
                self.refused += done
            del self._buffer[:done]
        return cards


def card_in(frame: bytes, frame_format: FrameFormat) -> Card:
    """The card in one frame.

    Raises:
        BadFrame: it is none. The message is for whoever decodes by hand: it tells something of the number.
    """
    if len(frame) != frame_format.length:
        raise BadFrame(f"a frame has {frame_format.length} bytes, this has {len(frame)}")
    if frame[0] != START:
        raise BadFrame(f"a frame begins with 02, not {frame[0]:02x}: check the reader's type and its wires")
    if (end := frame[13:]) != frame_format.value:
        expected = frame_format.value.hex(" ")
        raise BadFrame(f"a frame ends with {expected}, not {end.hex(' ')}: check the reader's type and its wires")
    if not DIGITS.fullmatch(frame[1:13]):
        raise BadFrame("a frame has twelve hex digits: check the reader's wires and that it is set to ASCII")
    *number, check = bytes.fromhex(frame[1:13].decode("ascii"))
    if (expected_check := reduce(xor, number)) != check:
        raise BadFrame(f"checksum {check:02x} should be {expected_check:02x}: hold the card nearer, check the wires")
    return Card.numbered(int.from_bytes(number))


def frame_of(card: Card, frame_format: FrameFormat) -> bytes:
    """What a reader sends for a card of ten digits."""
    check = reduce(xor, bytes.fromhex(card.number))
    return bytes([START]) + f"{card.number}{check:02X}".encode("ascii") + frame_format.value


def _decode(frame_format: FrameFormat, text: str) -> Mapping[str, Json]:
    """`{"number": "62E3086CED", "facility": 8, "card": 27885, "printed": ["008,27885", "00827885", "3808980205"]}`.

    Raises:
        BadFrame: not bytes in hex, or not a frame.
    """
    try:
        frame = bytes.fromhex(text)
    except ValueError:
        raise BadFrame("these are not bytes in hex: write two digits for each, such as 02 36 32") from None
    card = card_in(frame, frame_format)
    return {"number": card.number, "facility": card.facility, "card": card.card, "printed": card.printed}


decode_rdm6300 = partial(_decode, FrameFormat.RDM6300)
decode_id_12la = partial(_decode, FrameFormat.ID_12LA)
