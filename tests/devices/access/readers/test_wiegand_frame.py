"""Frames of Wiegand readers, bit by bit."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices import FRAMES
from devices.access.card import Card
from devices.access.readers.wiegand_frame import (
    FORMATS,
    Format,
    SwappedWires,
    WrongLength,
    bits_of,
    card_in_bits,
    decode,
)
from devices.errors import BadFrame

ANY_FORMAT = st.sampled_from([*FORMATS.values()])
NUMBERS = st.integers(0, 2**32 - 1).map(Card.numbered)
SHORT = "1 00001000 0110110011101101 1"
"""Facility 8, card 27885."""


def inverted(bits: str) -> str:
    return bits.translate(str.maketrans("01", "10"))


def flipped(bits: str, place: int) -> str:
    return bits[:place] + inverted(bits[place]) + bits[place + 1 :]


def test_the_facility_and_the_card_of_26_bits() -> None:
    """Worked by hand: 00001000 0110 has three bits set, 110011101101 has eight."""
    assert decode(SHORT) == {"number": "0000086CED", "facility": 8, "card": 27885}


def test_34_bits_have_a_facility_code_of_16() -> None:
    """Worked by hand: 0110001011100011 has eight bits set, 0000100001101100 five."""
    text = "0 0110001011100011 0000100001101100 0"
    assert decode(text) == {"number": "0062E3086C", "facility": 0x62E3, "card": 0x086C}


@pytest.mark.parametrize(
    ("text", "number", "facility", "card"),
    [
        ("0 01100101 0000111111111111 1", "0000650FFF", 0x65, 4095),  # Allegion, parity of the 26A format
        ("1 11010100 00011011 10000001 0", "0000D41B81", 0xD4, 0x1B81),  # Civintec CN56 user manual, 6.4.2
        ("1 10001001 11010100 00011011 10000001 1", "0089D41B81", 0x89D4, 0x1B81),  # the same, 6.4.5
    ],
)
def test_published_examples(text: str, number: str, facility: int, card: int) -> None:
    assert decode(text) == {"number": number, "facility": facility, "card": card}


@pytest.mark.parametrize("text", ["1000010000110110011101101 1", SHORT.replace(" ", "_"), f"\t{SHORT}\n"])
def test_spaces_and_underscores_count_for_nothing(text: str) -> None:
    assert decode(text) == decode(SHORT)


def test_a_card_has_the_same_number_at_a_serial_reader_that_reads_no_more_of_it() -> None:
    assert card_in_bits(SHORT.replace(" ", ""), 26) == Card.numbered(0x086CED)


@pytest.mark.parametrize(
    ("text", "format_name", "said"),
    [
        ("", None, "26 or 34 bits, this has 0"),
        (SHORT[:-1], None, "26 or 34 bits, this has 25"),
        (SHORT + "0", None, "26 or 34 bits, this has 27"),
        (SHORT, "34", "34 bits, this has 26"),
        (SHORT, "27", "formats of Wiegand are 26 and 34"),
        (SHORT, "", "formats of Wiegand are 26 and 34"),
        (flipped(SHORT, 0), None, "even parity over the first 13"),
        (flipped(SHORT, len(SHORT) - 1), None, "odd parity over the last 13"),
        (SHORT.replace("1 00", "2 00"), None, "0 and 1"),
        ("\u0660\u0661" * 13, None, "0 and 1"),
        ("0" * 26, None, "odd parity"),
        ("1" * 26, None, "even parity"),
    ],
)
def test_anything_else_is_a_bad_frame(text: str, format_name: str | None, said: str) -> None:
    with pytest.raises(BadFrame, match=said):
        decode(text, format=format_name)


def test_it_can_be_decoded_by_hand() -> None:
    assert FRAMES["wiegand"] == "devices.access.readers.wiegand_frame:decode"


@given(st.text(), st.none() | st.text())
def test_no_text_breaks_the_decoder(text: str, format_name: str | None) -> None:
    with suppress(BadFrame):
        decode(text, format=format_name)


@given(st.text("01 _", max_size=60))
def test_no_bits_break_the_decoder(text: str) -> None:
    with suppress(BadFrame):
        decode(text)


@given(NUMBERS, ANY_FORMAT)
def test_what_a_reader_sends_is_the_card_it_has_read(card: Card, bits: Format) -> None:
    read = card_in_bits(bits_of(card, bits), bits)
    assert int(read.number, 16) == int(card.number, 16) % 2 ** (bits - 2)
    assert card_in_bits(bits_of(card, bits), None) == read


@given(NUMBERS, ANY_FORMAT, st.data())
def test_one_wrong_bit_is_never_another_card(card: Card, bits: Format, data: st.DataObject) -> None:
    with pytest.raises(BadFrame, match="parity"):
        card_in_bits(flipped(bits_of(card, bits), data.draw(st.integers(0, bits - 1))), bits)


@given(NUMBERS, ANY_FORMAT, st.data())
def test_a_lost_bit_is_never_another_card(card: Card, bits: Format, data: st.DataObject) -> None:
    frame, place = bits_of(card, bits), data.draw(st.integers(0, bits - 1))
    with pytest.raises(WrongLength):
        card_in_bits(frame[:place] + frame[place + 1 :], None)


@given(NUMBERS, ANY_FORMAT)
def test_swapped_wires_are_recognised_at_every_card(card: Card, bits: Format) -> None:
    with pytest.raises(SwappedWires, match="D0 and D1 are swapped"):
        card_in_bits(inverted(bits_of(card, bits)), bits)


@given(NUMBERS, ANY_FORMAT, st.integers(0, 33))
def test_no_message_tells_anything_of_the_number(card: Card, bits: Format, place: int) -> None:
    """It goes into the reader's problems."""
    frame = bits_of(card, bits)
    said = []
    for wrong in (inverted(frame), flipped(frame, place % bits), frame[1:], frame + "0"):
        with pytest.raises(BadFrame) as refused:
            card_in_bits(wrong, None)
        said.append(str(refused.value))
    for form in {frame, frame[1:-1], card.number}:
        assert form not in " ".join(said)
