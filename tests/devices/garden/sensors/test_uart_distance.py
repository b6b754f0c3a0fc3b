"""The A02YYUW's frames, and finding them in a stream."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from devices.errors import BadFrame
from devices.garden.sensors.uart_distance import FrameParser, decode

DISTANCES = st.integers(30, 4500)


def frame(distance_mm: int) -> bytes:
    high, low = divmod(distance_mm, 256)
    return bytes([0xFF, high, low, (0xFF + high + low) & 0xFF])


def test_the_data_sheets_example() -> None:
    assert decode("FF 07 A1 A7") == {"value": 1953, "unit": "mm"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "4 bytes"),
        ("ff 07 a1", "4 bytes"),
        ("ff 07 a1 a7 ff", "4 bytes"),
        ("ff 07 a1 a8", "checksum a8 should be a7"),
        ("fe 07 a1 a6", "begins with ff"),
        ("ff 00 00 ff", "no echo"),
        ("ff 00 1d 1c", "29 mm is outside 30 to 4500"),
        ("ff 11 95 a5", "4501 mm is outside"),
        ("ff 07 a1 a", "hex"),
        ("1953 mm", "hex"),
    ],
)
def test_anything_else_is_a_bad_frame(text: str, said: str) -> None:
    with pytest.raises(BadFrame, match=said):
        decode(text)


@given(st.text())
def test_no_text_breaks_the_decoder(text: str) -> None:
    with suppress(BadFrame):
        decode(text)


@given(st.lists(DISTANCES))
def test_a_clean_stream_gives_every_distance(distances: list[int]) -> None:
    assert FrameParser().feed(b"".join(map(frame, distances))) == distances


@given(st.binary(), st.lists(st.integers(1, 7)))
def test_how_a_stream_is_cut_does_not_matter(stream: bytes, cuts: list[int]) -> None:
    whole, parser, pieces, rest = FrameParser().feed(stream), FrameParser(), [], stream
    for cut in cuts:
        pieces += parser.feed(rest[:cut])
        rest = rest[cut:]
    assert pieces + parser.feed(rest) == whole


@given(st.binary(), DISTANCES)
@example(b"\xff", 511)
@example(b"\xff\xff\x01", 511)
@example(b"\xff\x11", 0x0FFF)
def test_it_finds_the_frames_again_after_any_noise(noise: bytes, distance_mm: int) -> None:
    assert FrameParser().feed(noise + frame(distance_mm) * 4)[-1] == distance_mm


@given(DISTANCES, st.integers(0, 3))
@example(511, 3)
def test_it_finds_the_frames_when_the_stream_begins_within_one(distance_mm: int, start: int) -> None:
    assert FrameParser().feed((frame(distance_mm) * 5)[start:])[-3:] == [distance_mm] * 3


@given(st.lists(st.binary(max_size=50)))
def test_it_keeps_fewer_than_four_bytes(chunks: list[bytes]) -> None:
    parser = FrameParser()
    for chunk in chunks:
        parser.feed(chunk)
        assert len(parser._buffer) < 4


def test_it_remembers_why_the_last_bytes_were_no_frame() -> None:
    parser = FrameParser()
    assert parser.feed(bytes.fromhex("ff 00 00 ff ff")) == []
    assert parser.refused
