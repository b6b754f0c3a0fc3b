"""One frame of OSDP, as it stands on the wire.

`53`, address (the highest bit: it is a reply), length (two bytes, the low one first, of the whole frame), control
(bits 0 and 1: sequence; bit 2: CRC, else a checksum; bit 3: a security block follows), the security block (its length,
its type, its data), code, data, four bytes of MAC in the secure channel, and the CRC or checksum. Bytes FF may stand
before it. Source: IEC 60839-11-5:2020, clause 5; the same as SIA OSDP v2.2.
"""

from binascii import crc_hqx
from dataclasses import dataclass, field
from enum import StrEnum

from devices.errors import BadFrame

MARK = b"\xff"
SOM = 0x53
HEADER_BYTES = 5
MAC_BYTES = 4
MOST_BYTES = 1440
"""The longest frame that the standard allows."""
REPLY, ADDRESS = 0x80, 0x7F
SEQUENCE, CRC, SECURITY_BLOCK, RESERVED = 0x03, 0x04, 0x08, 0xF0
CRC_BEGINS = 0x1D0F
"""What the CRC-16 of the polynomial 0x1021 starts with."""
FIRST_BLOCK, FIRST_WITH_MAC, LAST_BLOCK = 0x11, 0x15, 0x18
ENCRYPTED_BLOCKS = (0x17, 0x18)


class Check(StrEnum):
    """How it can be seen that a frame arrived whole."""

    CRC = "crc"
    CHECKSUM = "checksum"

    @property
    def size(self) -> int:
        return 2 if self is Check.CRC else 1

    def of(self, content: bytes) -> bytes:
        """What follows `content`."""
        if self is Check.CRC:
            return crc_hqx(content, CRC_BEGINS).to_bytes(2, "little")
        return bytes([-sum(content) & 0xFF])


@dataclass(frozen=True, slots=True)
class SecurityBlock:
    """SCS_11 to SCS_14 establish a secure channel, SCS_15 to SCS_18 are inside one."""

    type: int
    data: bytes = b""

    @property
    def inside(self) -> bool:
        """Whether a MAC proves that the frame belongs to a secure channel."""
        return self.type >= FIRST_WITH_MAC

    @property
    def encrypted(self) -> bool:
        return self.type in ENCRYPTED_BLOCKS


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame that arrived whole. Whether its MAC is right, only the two who know the session's keys can say."""

    address: int
    """Of the reader; 127 is everybody."""
    reply: bool
    sequence: int
    check: Check
    code: int
    """Of the command or of the reply."""
    data: bytes = field(repr=False)
    """A card's number or a key may be in it."""
    security: SecurityBlock | None = None
    mac: bytes | None = None

    @property
    def secure(self) -> bool:
        return self.security is not None and self.security.inside

    @property
    def encrypted(self) -> bool:
        return self.security is not None and self.security.encrypted


def parse(frame: bytes) -> Frame:
    """The frame that these bytes are, with or without FF before it.

    Raises:
        BadFrame: they are none, or more than one. The message tells nothing of its data.
    """
    content, check = _checked(frame.lstrip(MARK))
    control = content[4]
    security, rest = _security(content[HEADER_BYTES:]) if control & SECURITY_BLOCK else (None, content[HEADER_BYTES:])
    mac = None
    if security is not None and security.inside:
        rest, mac = rest[:-MAC_BYTES], rest[-MAC_BYTES:]
    if not rest:
        raise BadFrame("it has no command or reply code: a part of it was lost")
    return Frame(
        address=content[1] & ADDRESS,
        reply=bool(content[1] & REPLY),
        sequence=control & SEQUENCE,
        check=check,
        code=rest[0],
        data=rest[1:],
        security=security,
        mac=mac,
    )


def length_of(begin: bytes | bytearray) -> int | None:
    """How long the frame is that begins so; None while that cannot be known.

    Raises:
        BadFrame: no frame begins so.
    """
    if begin and begin[0] != SOM:
        raise BadFrame(f"a frame begins with 53, not {begin[0]:02x}: check the speed of the line and its wires A and B")
    if len(begin) < HEADER_BYTES:
        return None
    length = int.from_bytes(begin[2:4], "little")
    least = HEADER_BYTES + 1 + (2 if begin[4] & CRC else 1)
    if not least <= length <= MOST_BYTES:
        raise BadFrame(f"a frame of this kind has {least} to {MOST_BYTES} bytes, not {length}")
    if begin[4] & RESERVED:
        raise BadFrame("the upper four bits of its control byte are not zero: check the speed of the line")
    return length


def _checked(frame: bytes) -> tuple[bytes, Check]:
    """All but the CRC or checksum, which is right."""
    length = length_of(frame)
    if length is None:
        raise BadFrame(f"a frame has at least {HEADER_BYTES + 2} bytes, this has {len(frame)}")
    if len(frame) != length:
        raise BadFrame(f"it announces {length} bytes, but has {len(frame)}: it was cut, or there are several")
    check = Check.CRC if frame[4] & CRC else Check.CHECKSUM
    content, found = frame[: -check.size], frame[-check.size :]
    if (expected := check.of(content)) != found:
        raise BadFrame(f"its {check} {found.hex(' ')} should be {expected.hex(' ')}: it was damaged on the way")
    return content, check


def _security(content: bytes) -> tuple[SecurityBlock, bytes]:
    """The security block, and what follows it."""
    length = content[0] if content else 0
    if not 2 <= length <= len(content):
        raise BadFrame(f"its security block cannot have {length} bytes")
    block = SecurityBlock(content[1], content[2:length])
    if not FIRST_BLOCK <= block.type <= LAST_BLOCK:
        raise BadFrame(f"there is no security block of the type {block.type:02x}: they are 11 to 18")
    if block.inside and len(content) - length < 1 + MAC_BYTES:
        raise BadFrame("it is too short for the MAC that its security block announces")
    return block, content[length:]
