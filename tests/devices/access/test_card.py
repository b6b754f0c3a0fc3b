"""A card's number is one text, whichever reader reads it."""

from hypothesis import given
from hypothesis import strategies as st

from devices.access.card import Card


def test_a_number_has_ten_digits_and_capitals() -> None:
    assert Card.numbered(0x62E3086CED).number == "62E3086CED"
    assert Card.numbered(0x086CED).number == "0000086CED"


def test_the_seven_bytes_of_a_longer_number_are_all_kept() -> None:
    assert Card.numbered(0x04DE5F1EACC040).number == "04DE5F1EACC040"


def test_what_is_printed_on_a_card_can_be_compared_with_what_was_read() -> None:
    card = Card.numbered(0x62E3086CED)
    assert (card.facility, card.card) == (8, 27885)
    assert card.printed == ("008,27885", "00827885", "3808980205")


@given(st.integers(0, 2**40 - 1))
def test_each_number_has_a_text_of_its_own(number: int) -> None:
    assert int(Card.numbered(number).number, 16) == number
    assert len(Card.numbered(number).number) == 10


def test_a_card_that_is_printed_in_a_log_keeps_its_number_to_itself() -> None:
    assert "62E3086CED" not in f"{Card.numbered(0x62E3086CED)!r}"
