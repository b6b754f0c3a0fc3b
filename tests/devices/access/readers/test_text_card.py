"""Card numbers as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.access.card import Card
from devices.access.options import TextFormat
from devices.access.readers.text_card import card_in_text
from devices.errors import BadFrame

CARD = Card.numbered(0x62E3086CED)
SHORT = Card.numbered(0xE3086CED)
NUMBER_FORMATS = st.sampled_from([TextFormat.HEX, TextFormat.DECIMAL])


def in_hex(text: str, *, last_byte_first: bool = False) -> Card:
    return card_in_text(text, TextFormat.HEX, last_byte_first=last_byte_first)


def in_decimal(text: str, *, last_byte_first: bool = False) -> Card:
    return card_in_text(text, TextFormat.DECIMAL, last_byte_first=last_byte_first)


@pytest.mark.parametrize(
    "text", ["62E3086CED", "62e3086ced", "62 E3 08 6C ED", "62:e3:08:6c:ed", "62-E3-08-6C-ED", "00000062E3086CED"[4:]]
)
def test_the_number_in_hex(text: str) -> None:
    assert in_hex(text) == CARD


def test_seven_bytes_are_a_number_of_fourteen_digits() -> None:
    assert in_hex("04DE5F1EACC040").number == "04DE5F1EACC040"


def test_a_reader_that_writes_the_last_byte_first() -> None:
    assert in_hex("ED6C08E362", last_byte_first=True) == CARD
    assert in_hex("40C0AC1E5FDE04", last_byte_first=True).number == "04DE5F1EACC040"


@pytest.mark.parametrize("text", ["3808980205", "03808980205", "0003808980205"])
def test_the_number_in_decimal(text: str) -> None:
    """The RDM6300's example as it is printed on the card: its lowest 32 bits."""
    assert in_decimal(text) == SHORT
    assert SHORT.printed[2] == "3808980205"


def test_forty_bits_in_decimal() -> None:
    assert in_decimal("0424715775213") == CARD == in_decimal("424715775213")


@pytest.mark.parametrize("text", ["00827885", "008,27885"])
def test_eight_decimal_digits_are_facility_and_card_as_they_are_printed(text: str) -> None:
    assert in_decimal(text) == Card.numbered(0x086CED)
    assert text in CARD.printed


def test_decimal_digits_of_a_number_whose_last_byte_is_first() -> None:
    """A reader that takes ED6C08E3 for the number."""
    assert in_decimal(f"{0xED6C08E3:010d}", last_byte_first=True) == SHORT
    assert in_decimal(f"{0xED6C0800:010d}", last_byte_first=True) == Card.numbered(0x00086CED)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "0 characters"),
        ("62E3", "4 characters"),
        ("62E3086CE", "9 characters"),
        ("62E3086CEDAABBCCDD", "18 characters"),
        ("UID 62E3086CED", "14 characters"),
        ("62E3086C\ufffdD", "10 characters"),
        ("\u0666\u0662" * 5, "10 characters"),
    ],
)
def test_what_is_no_hex_number_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadFrame, match=said):
        in_hex(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "0 characters"),
        ("1234567", "7 characters"),
        ("62E3086CED", "10 characters"),
        ("99999999", "facility code"),
        ("000,65536", "facility code"),
        ("9" * 17, "more than seven bytes"),
        ("9" * 18, "18 characters"),
        ("\u0661" * 10, "10 characters"),
        ("-123456789", "10 characters"),
    ],
)
def test_what_is_no_decimal_number_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadFrame, match=said):
        in_decimal(text)


@given(st.text() | st.text("0123456789ABCDEFabcdef:- ,"), NUMBER_FORMATS, st.booleans())
def test_no_text_breaks_it_and_what_is_refused_is_not_repeated(text: str, form: TextFormat, last: bool) -> None:
    said = ""
    try:
        assert len(card_in_text(text, form, last_byte_first=last).number) in {10, 14}
    except BadFrame as refused:
        said = str(refused)
    assert len(text) < 4 or text not in said


@given(st.integers(0, 2**56 - 1), st.booleans())
def test_every_number_is_read_back_from_its_text(number: int, last: bool) -> None:
    length = 5 if number < 2**40 else 7
    digits = 13 if length == 5 else 17
    typed = number.to_bytes(length)[:: -1 if last else 1]
    assert in_hex(typed.hex(), last_byte_first=last) == Card.numbered(number)
    assert in_decimal(f"{int.from_bytes(typed):0{digits}d}", last_byte_first=last) == Card.numbered(number)


@given(st.integers(0, 2**32 - 1))
def test_a_card_has_one_number_in_hex_and_in_decimal(number: int) -> None:
    assert in_hex(f"{number:08X}") == in_decimal(f"{number:010d}") == Card.numbered(number)


def test_a_sun_message_is_no_number() -> None:
    with pytest.raises(BadFrame):
        in_hex("https://alco.example/?picc_data=EF963FF7828658A599F3041510671E88")
