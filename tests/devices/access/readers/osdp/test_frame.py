"""A frame as it stands on the line."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.access.readers.osdp.frame import Check, Frame, SecurityBlock, parse
from devices.errors import BadFrame
from tests.devices.access.readers.osdp.encoding import encode
from tests.devices.access.readers.osdp.frames import frames

SAYS_CRC = 8 * 4 + 2
"""The bit that says how the frame is checked."""
POLL = bytes.fromhex("53 65 08 00 04 60 60 90")


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ("53 7F 0D 00 04 6E 00 80 25 00 00 6E 38", Frame(127, False, 0, Check.CRC, 0x6E, bytes.fromhex("0080250000"))),
        ("53 00 09 00 04 61 00 C0 66", Frame(0, False, 0, Check.CRC, 0x61, b"\0")),
        (
            "53 7F 0C 00 00 6E 00 80 25 00 00 0F",
            Frame(127, False, 0, Check.CHECKSUM, 0x6E, bytes.fromhex("0080250000")),
        ),
        ("53 00 08 00 00 61 00 44", Frame(0, False, 0, Check.CHECKSUM, 0x61, b"\0")),
    ],
)
def test_the_examples_of_the_standard(frame: str, expected: Frame) -> None:
    """SIA OSDP v2.2, annex E: CRC and checksum examples."""
    assert parse(bytes.fromhex(frame)) == expected


def test_a_reply_in_the_secure_channel_has_a_security_block_and_a_mac() -> None:
    frame = parse(bytes.fromhex("53 81 0e 00 0d 02 16 40 2a 85 96 56 49 99"))
    assert frame == Frame(1, True, 1, Check.CRC, 0x40, b"", SecurityBlock(0x16), bytes.fromhex("2a859656"))
    assert (frame.secure, frame.encrypted) == (True, False)


def test_a_frame_of_the_handshake_has_a_security_block_but_proves_nothing() -> None:
    frame = parse(bytes.fromhex("ff 53 01 13 00 0e 03 11 01 76 d7 64 c8 cc e9 32 55 c4 1f 4f"))
    assert frame.security == SecurityBlock(0x11, b"\1")
    assert (frame.secure, frame.mac) == (False, None)


@given(frames(), st.integers(0, 3))
def test_what_is_written_is_read_again(frame: Frame, marks: int) -> None:
    assert parse(b"\xff" * marks + encode(frame)) == frame


@given(st.binary(max_size=60))
def test_any_bytes_are_a_frame_or_a_bad_one(data: bytes) -> None:
    with suppress(BadFrame):
        assert encode(parse(data)) == data.lstrip(b"\xff")


@given(frames(), st.data())
def test_no_flipped_bit_goes_unseen(frame: Frame, data: st.DataObject) -> None:
    whole = bytearray(encode(replace(frame, check=Check.CRC)))
    bit = data.draw(st.integers(0, 8 * len(whole) - 1).filter(lambda bit: bit != SAYS_CRC))
    whole[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BadFrame):
        parse(bytes(whole))


@given(frames(), st.data())
def test_no_part_of_a_frame_is_one(frame: Frame, data: st.DataObject) -> None:
    whole = encode(frame)
    with pytest.raises(BadFrame):
        parse(whole[: data.draw(st.integers(0, len(whole) - 1))])


@pytest.mark.parametrize(
    ("frame", "hint"),
    [
        ("", "at least"),
        ("54 65 08 00 04 60 60 90", "speed of the line"),
        ("53 65 08 00 04 60 60 91", "damaged"),
        ("53 65 07 00 00 60 e2", "checksum e2 should be e1"),
        ("53 65 08 00 04 60 60 90 53", "several"),
        ("53 65 08 00 04 60 60", "cut"),
        ("53 65 ff ff 04 60 60 90", "1440"),
        ("53 65 08 00 14 60 60 90", "control"),
    ],
)
def test_a_bad_frame_says_what_to_look_at(frame: str, hint: str) -> None:
    with pytest.raises(BadFrame, match=hint):
        parse(bytes.fromhex(frame))


@pytest.mark.parametrize("content", ["0119", "0240", "0219 40", "ff11 40", "0216 40 0102", "0215", "", "0311 01"])
def test_a_wrong_security_block_is_a_bad_frame(content: str) -> None:
    rest = bytes.fromhex(content)
    head = bytes([0x53, 0x81, 7 + len(rest), 0, 0x0C])
    with pytest.raises(BadFrame):
        parse(head + rest + Check.CRC.of(head + rest))


def test_neither_data_nor_mac_show_when_a_frame_is_printed() -> None:
    assert "data" not in repr(parse(POLL))
