"""1-Wire thermometers: the data sheets' examples, and what broken ones send."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from devices.errors import BadFrame
from devices.garden.sensors.w1 import celsius, crc8, decode, scratchpad

CONFIGURATION = {9: 0x1F, 10: 0x3F, 11: 0x5F, 12: 0x7F}


def frame(raw: int, *, bits: int = 12, byte_6: int | None = None) -> bytes:
    low = raw & 0xFFFF
    remain = 0x10 - (low & 0x0F) if byte_6 is None else byte_6
    data = bytes([low & 0xFF, low >> 8, 0x4B, 0x46, CONFIGURATION[bits], 0xFF, remain, 0x10])
    return data + bytes([crc8(data)])


@pytest.mark.parametrize(
    ("register", "expected_c"),
    [
        (0x07D0, 125.0),
        (0x0550, 85.0),
        (0x0191, 25.0625),
        (0x00A2, 10.125),
        (0x0008, 0.5),
        (0x0000, 0.0),
        (0xFFF8, -0.5),
        (0xFF5E, -10.125),
        (0xFE6F, -25.0625),
        (0xFC90, -55.0),
    ],
)
def test_the_ds18b20_data_sheets_table_of_temperatures(register: int, expected_c: float) -> None:
    assert celsius(frame(register)) == expected_c


def test_the_checksum_of_maxims_application_note_27() -> None:
    assert crc8(bytes.fromhex("02 1c b8 01 00 00 00")) == 0xA2


@pytest.mark.parametrize(
    ("text", "expected_c"),
    [("72 01 4b 46 7f ff 0e 10 57", 23.125), ("A2014B467FFF0E10D8", 26.125), (" 58014b46 7fff0810 f9 ", 21.5)],
)
def test_decode_takes_nine_bytes_with_or_without_spaces(text: str, expected_c: float) -> None:
    assert decode(text) == {"value": expected_c, "unit": "°C"}


@pytest.mark.parametrize(("bits", "expected_c"), [(12, 25.0625 + 0.375), (11, 25.375), (10, 25.25), (9, 25.0)])
def test_bits_below_the_resolution_are_undefined_and_ignored(bits: int, expected_c: float) -> None:
    assert celsius(frame(0x0197, bits=bits)) == expected_c


def test_undefined_bits_are_ignored_below_zero_too() -> None:
    assert celsius(frame(0xFFF8 | 0x7, bits=9)) == -0.5


def test_the_power_on_value_is_no_measurement() -> None:
    with pytest.raises(BadFrame, match="has not measured"):
        decode("50 05 4b 46 7f ff 0c 10 1c")


def test_a_true_85_degrees_survives() -> None:
    assert celsius(frame(0x0550)) == 85.0


def test_nine_zeros_are_not_a_frost_although_their_checksum_is_right() -> None:
    assert crc8(bytes(8)) == 0
    with pytest.raises(BadFrame, match="configuration byte 00"):
        decode("00" * 9)


def test_nine_ones_of_an_empty_bus_are_refused() -> None:
    with pytest.raises(BadFrame):
        decode("ff" * 9)


@pytest.mark.parametrize("register", [0x07D1, 0xFC8F, 0x7FFF, 0x8000])
def test_what_no_thermometer_can_measure_is_refused(register: int) -> None:
    with pytest.raises(BadFrame, match="outside"):
        celsius(frame(register))


@pytest.mark.parametrize(
    "text",
    ["", " ", "5", "50 05 4b 46 7f ff 0c 10", "72 01 4b 46 7f ff 0e 10 57 00", "72 01 4b 46 7f ff 0e 10 5", "hello",
     "72 01 4b 46 7f ff 0e 10 58", "7 2 01 4b 46 7f ff 0e 10 57", "\uff172 01 4b 46 7f ff 0e 10 57"],
)  # fmt: skip
def test_anything_else_is_a_bad_frame(text: str) -> None:
    with pytest.raises(BadFrame):
        decode(text)


@given(st.integers(0, 71), st.integers(-55 * 16, 125 * 16))
def test_every_single_wrong_bit_is_found(bit: int, sixteenths: int) -> None:
    data = bytearray(frame(sixteenths))
    data[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BadFrame):
        celsius(bytes(data))


@given(st.integers(-55 * 16, 125 * 16))
def test_every_temperature_that_was_measured_survives(sixteenths: int) -> None:
    assert celsius(frame(sixteenths)) == sixteenths / 16


@given(st.text())
@example("72 01 4b 46 7f ff 0e 10 57")
def test_no_text_breaks_the_decoder(text: str) -> None:
    with suppress(BadFrame):
        decode(text)


DS18S20 = {
    "AA 00 4B 46 FF FF 0A 10": 85.125,
    "32 00 4B 46 FF FF 0C 10": 25.0,
    "01 00 4B 46 FF FF 08 10": 0.25,
    "00 00 4B 46 FF FF 0C 10": 0.0,
    "FF FF 4B 46 FF FF 0C 10": -1.0,
    "CE FF 4B 46 FF FF 0C 10": -25.0,
    "92 FF 4B 46 FF FF 0C 10": -55.0,
}


@pytest.mark.parametrize(("data", "expected_c"), DS18S20.items())
def test_a_ds18s20_counts_half_degrees_refined_by_its_counter(data: str, expected_c: float) -> None:
    eight = bytes.fromhex(data)
    assert celsius(eight + bytes([crc8(eight)]), family="10") == expected_c


def test_a_ds18s20_of_zeros_or_just_powered_is_refused() -> None:
    with pytest.raises(BadFrame, match="counter bytes"):
        celsius(bytes(9), family="10")
    with pytest.raises(BadFrame, match="has not measured"):
        celsius(bytes.fromhex("AA 00 4B 46 FF FF 0C 10 87"), family="10")


def test_a_ds1825_keeps_its_address_in_the_configuration_byte_and_a_max31850_is_none() -> None:
    eight = bytes.fromhex("91 01 4b 46 75 ff 0f 10")
    assert celsius(eight + bytes([crc8(eight)]), family="3b") == 25.0625
    eight = bytes.fromhex("91 01 4b 46 f5 ff 0f 10")
    with pytest.raises(BadFrame, match="configuration byte f5"):
        celsius(eight + bytes([crc8(eight)]), family="3b")


def test_only_the_present_read_is_taken_from_the_kernels_text() -> None:
    text = "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n00 00 4b 46 7f ff 0e 10 57 t=99000\n"
    assert celsius(scratchpad(text)) == 23.125


@pytest.mark.parametrize("text", ["", "\n", "t=23125\n", "72 01 : crc=57 NO\n"])
def test_a_kernels_text_without_nine_bytes_is_a_bad_frame(text: str) -> None:
    with pytest.raises(BadFrame):
        scratchpad(text)
