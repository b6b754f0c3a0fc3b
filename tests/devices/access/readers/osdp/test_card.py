"""The number of a card that an OSDP reader reports."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.access.card import Card
from devices.access.readers.osdp.card import card_of_bits, card_of_text
from devices.access.readers.wiegand_frame import bits_of, card_in_bits
from devices.errors import BadFrame

NUMBERS = st.integers(0, 2**24 - 1)


@given(NUMBERS, st.sampled_from([26, 34]))
def test_it_is_the_same_as_at_a_wiegand_reader(number: int, count: int) -> None:
    bits = bits_of(Card.numbered(number), 26 if count == 26 else 34)
    assert card_of_bits(bits) == card_in_bits(bits, None) == Card.numbered(number)


@given(st.integers(1, 56).flatmap(lambda count: st.text("01", min_size=count, max_size=count)))
def test_all_bits_of_another_length_are_the_number(bits: str) -> None:
    if len(bits) not in (26, 34):
        assert card_of_bits(bits) == Card.numbered(int(bits, 2))


def test_bits_of_wiegands_length_without_its_parities_are_a_number_too() -> None:
    assert card_of_bits("1" + "0" * 25) == Card.numbered(2**25)


@pytest.mark.parametrize("bits", ["", "1" * 57, "01" * 100])
def test_none_or_too_many_bits_are_unreadable(bits: str) -> None:
    with pytest.raises(BadFrame):
        card_of_bits(bits)


@pytest.mark.parametrize(("text", "number"), [("552173", 552173), ("04a1b2c3", 0x04A1B2C3), ("0", 0)])
def test_characters_are_decimal_or_hex(text: str, number: int) -> None:
    assert card_of_text(text) == Card.numbered(number)


@pytest.mark.parametrize("text", ["", "hello", "12 34", "1" * 17, "²"])
def test_other_characters_are_unreadable(text: str) -> None:
    with pytest.raises(BadFrame):
        card_of_text(text)
