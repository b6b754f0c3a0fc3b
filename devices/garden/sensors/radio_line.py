"""The text line of a radio node: `$node,sequence,name=value,name=value*hh` and CR LF.

The frame is NMEA 0183's: `$`, printable ASCII, `*`, the XOR of all between them as two hex digits, CR LF, at most 82
characters with all of these. The sequence counts the node's lines from 0 to 65535 and round again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import xor

from devices.errors import BadFrame

LINE_MOST = 82
SEQUENCES = 65536

FRAME = re.compile(r"\$([ -#%-)+-~]+)\*([0-9A-Fa-f]{2})")
"""Printable ASCII without the two characters that delimit it."""
NODE = re.compile(r"[A-Za-z0-9_-]{1,32}")
SEQUENCE = re.compile(r"[0-9]{1,5}")
VALUE = re.compile(r"([A-Za-z0-9_-]{1,32})=([+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?)")


@dataclass(frozen=True, slots=True)
class RadioLine:
    """What one line says. A value that the node could not measure is left out by it."""

    node: str
    sequence: int
    values: Mapping[str, float]


def parse(text: str) -> RadioLine:
    """The line in `text`, with or without its CR LF.

    Raises:
        BadFrame: anything else, and why.
    """
    line = text.removesuffix("\n").removesuffix("\r")
    if len(line) + len("\r\n") > LINE_MOST:
        raise BadFrame(f"a line has at most {LINE_MOST} characters with its CR LF, this has {len(line) + 2}")
    if not (frame := FRAME.fullmatch(line)):
        raise BadFrame("a line is $node,sequence,name=value,…*hh in printable ASCII")
    body, check = frame.groups()
    if int(check, 16) != checksum(body):
        raise BadFrame(f"checksum {check} should be {checksum(body):02X}")
    node, *rest = body.split(",")
    if not NODE.fullmatch(node) or len(rest) < 2:
        raise BadFrame("a line gives its node, its sequence and at least one name=value")
    if not SEQUENCE.fullmatch(rest[0]) or int(rest[0]) >= SEQUENCES:
        raise BadFrame(f"a sequence is a number from 0 to {SEQUENCES - 1}, not {rest[0]!r}")
    return RadioLine(node, int(rest[0]), _values(rest[1:]))


def _values(fields: list[str]) -> Mapping[str, float]:
    values: dict[str, float] = {}
    for field in fields:
        if not (match := VALUE.fullmatch(field)):
            raise BadFrame(f"{field!r} is not name=number")
        if match[1] in values:
            raise BadFrame(f"{match[1]} stands twice in one line")
        values[match[1]] = float(match[2])
    return values


def checksum(body: str) -> int:
    """NMEA 0183: the XOR of all characters between `$` and `*`."""
    return reduce(xor, body.encode("ascii"), 0)


def framed(body: str) -> bytes:
    """The line around `body`, as a node sends it."""
    return f"${body}*{checksum(body):02X}\r\n".encode("ascii")


class LineParser:
    """Finds lines in a stream that may begin anywhere; a `$` always begins a line anew."""

    def __init__(self) -> None:
        self.rejected = 0
        """Lines that were none."""
        self._unfinished = b""

    def feed(self, data: bytes) -> list[RadioLine]:
        """The lines that `data` completes. Of a line without an end no more than a line's length is kept."""
        *ended, rest = (self._unfinished + data).split(b"\n")
        self._unfinished = rest[-LINE_MOST:]
        return [line for piece in ended if (line := self._line(piece)) is not None]

    def _line(self, piece: bytes) -> RadioLine | None:
        if piece in {b"", b"\r"}:
            return None
        try:
            return parse(piece[max(piece.rfind(b"$"), 0) :].decode("latin-1"))
        except BadFrame:
            self.rejected += 1
            return None
