"""Frames of serial 125 kHz readers, and finding them in a stream."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from devices import FRAMES
from devices.access.card import Card
from devices.access.readers.serial_frame import (
    FrameFormat,
    FrameParser,
    card_in,
    decode_id_12la,
    decode_rdm6300,
    frame_of,
)
from devices.errors import BadFrame

FORMATS = st.sampled_from(FrameFormat)
CARDS = st.integers(0, 2**40 - 1).map(Card.numbered)
PUBLISHED = "02 36 32 45 33 30 38 36 43 45 44 30 38 03"
"""The card 62E3086CED, whose checksum is 08: the example of the RDM6300's specification."""


def test_the_example_of_the_specification() -> None:
    assert decode_rdm6300(PUBLISHED) == {
        "number": "62E3086CED",
        "facility": 8,
        "card": 27885,
        "printed": ("008,27885", "00827885", "3808980205"),
    }


def test_an_id_12la_ends_its_frame_with_a_line_end() -> None:
    assert decode_id_12la(PUBLISHED[:-2] + "0D 0A 03") == decode_rdm6300(PUBLISHED)


def test_small_hex_digits_are_the_same_number() -> None:
    small = PUBLISHED.replace("45", "65").replace("43", "63").replace("44", "64")
    assert decode_rdm6300(small) == decode_rdm6300(PUBLISHED)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "14 bytes, this has 0"),
        (PUBLISHED[:-3], "14 bytes, this has 13"),
        (PUBLISHED + " 03", "14 bytes, this has 15"),
        (PUBLISHED.replace("30 38 03", "30 39 03"), "checksum 09 should be 08"),
        (PUBLISHED.replace("02 36", "03 36"), "begins with 02, not 03"),
        (PUBLISHED.replace("38 03", "38 0d"), "ends with 03, not 0d"),
        (PUBLISHED.replace("45 44", "45 47"), "hex digits"),
        (PUBLISHED.replace("45 44", "45 20"), "hex digits"),
        ("62E3086CED", "14 bytes, this has 5"),
        ("02 3", "hex"),
        ("008,27885", "hex"),
    ],
)
def test_anything_else_is_a_bad_frame(text: str, said: str) -> None:
    with pytest.raises(BadFrame, match=said):
        decode_rdm6300(text)


def test_both_kinds_can_be_decoded_by_hand() -> None:
    assert {"rdm6300", "id-12la"} <= set(FRAMES)


@given(st.text())
def test_no_text_breaks_the_decoder(text: str) -> None:
    for decode in (decode_rdm6300, decode_id_12la):
        with suppress(BadFrame):
            decode(text)


@given(CARDS, FORMATS)
def test_what_a_reader_sends_is_the_card_it_has_read(card: Card, kind: FrameFormat) -> None:
    assert card_in(frame_of(card, kind), kind) == card


@given(CARDS, FORMATS, st.data())
def test_one_wrong_digit_is_never_another_card(card: Card, kind: FrameFormat, data: st.DataObject) -> None:
    frame = bytearray(frame_of(card, kind))
    place = data.draw(st.integers(1, 12))
    frame[place] = data.draw(st.sampled_from(b"0123456789ABCDEF").filter(lambda digit: digit != frame[place]))
    with pytest.raises(BadFrame, match="checksum"):
        card_in(bytes(frame), kind)


@given(st.lists(st.tuples(st.binary(max_size=20), CARDS)), FORMATS)
@example([(b"\x02", Card.numbered(1)), (b"\x02" + b"0" * 11, Card.numbered(2))], FrameFormat.ID_12LA)
def test_no_frame_is_missed_whatever_noise_comes_between(heard: list[tuple[bytes, Card]], kind: FrameFormat) -> None:
    stream = b"".join(noise + frame_of(card, kind) for noise, card in heard)
    found = FrameParser(kind).feed(stream)
    assert [card for card in found if card in {card for _, card in heard}] == [card for _, card in heard]


@given(st.lists(CARDS, min_size=1), FORMATS, st.integers(1, 15))
def test_a_stream_that_begins_within_a_frame_costs_that_frame(cards: list[Card], kind: FrameFormat, start: int) -> None:
    stream = b"".join(frame_of(card, kind) for card in cards)
    assert FrameParser(kind).feed(stream[min(start, kind.length - 1) :]) == cards[1:]


@given(st.binary(), CARDS, FORMATS, st.lists(st.integers(1, 17)))
def test_how_a_stream_is_cut_does_not_matter(noise: bytes, card: Card, kind: FrameFormat, cuts: list[int]) -> None:
    rest = noise + frame_of(card, kind) + noise
    whole, parser, pieces = FrameParser(kind).feed(rest), FrameParser(kind), []
    for cut in cuts:
        pieces += parser.feed(rest[:cut])
        rest = rest[cut:]
    assert pieces + parser.feed(rest) == whole


@given(st.lists(st.binary(max_size=50)), FORMATS)
def test_less_than_a_frame_is_kept(chunks: list[bytes], kind: FrameFormat) -> None:
    parser = FrameParser(kind)
    for chunk in chunks:
        parser.feed(chunk)
        assert len(parser._buffer) < kind.length


def test_bytes_that_belong_to_no_frame_are_counted_until_the_next_one() -> None:
    parser = FrameParser(FrameFormat.RDM6300)
    parser.feed(bytes(100))
    assert parser.refused == 100
    parser.feed(bytes.fromhex(PUBLISHED))
    assert parser.refused == 0
