"""Numbers as the kernel's drivers write them."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from devices.errors import BadFrame
from devices.garden.sensors.sysfs_value import as_written, parse


@pytest.mark.parametrize(
    ("text", "number"), [("25080\n", 25080), ("-1250\n", -1250), ("100.653000000\n", 100.653), ("0", 0)]
)
def test_plain_decimals_are_numbers(text: str, number: float) -> None:
    assert parse(text) == number


@pytest.mark.parametrize("text", ["", "\n", "nan", "inf", "-", "1e9", "0x10", "1,5", "1 2", "٣", "1_000", "9" * 31])
def test_anything_else_is_a_bad_frame(text: str) -> None:
    with pytest.raises(BadFrame, match="instead of a number"):
        parse(text)


@given(st.text())
@example("0\x1f")  # is white to `strip`, and not to `float`
def test_no_text_breaks_it(text: str) -> None:
    with suppress(BadFrame):
        parse(text)


@pytest.mark.parametrize(
    ("setting", "text"), [(0.125, "0.125"), (8, "8"), (1e-7, "0.0000001"), (0.0000305, "0.0000305"), ("auto", "auto")]
)
def test_settings_are_written_without_an_exponent(setting: float | str, text: str) -> None:
    assert as_written(setting) == text
