"""`alcolab decode osdp`."""

import json
from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices import FRAMES
from devices.access.card import Card
from devices.access.readers.osdp.codes import CommandCode, ReplyCode
from devices.access.readers.osdp.decode import decode
from devices.access.readers.osdp.frame import Check, Frame, SecurityBlock
from devices.access.readers.wiegand_frame import bits_of
from devices.device import Json
from devices.errors import BadFrame
from tests.devices.access.readers.osdp.encoding import encode
from tests.devices.access.readers.osdp.frames import frames

CARD = Card.numbered(0x086CED)
KEY = bytes.fromhex("a1b2c3d4e5f60718293a4b5c6d7e8f90")


def reply(code: int, data: bytes = b"") -> str:
    return encode(Frame(1, True, 1, Check.CRC, code, data)).hex(" ")


def command(code: int, data: bytes = b"") -> str:
    return encode(Frame(1, False, 1, Check.CRC, code, data)).hex(" ")


def payload(text: str) -> Mapping[str, Json]:
    found = decode(text)["payload"]
    assert isinstance(found, Mapping)
    return found


def raw(bits: str, card_format: int = 1) -> bytes:
    padded = bits.ljust(-(-len(bits) // 8) * 8, "0")
    return bytes([0, card_format, *len(bits).to_bytes(2, "little")]) + int(padded, 2).to_bytes(len(padded) // 8)


def test_it_stands_in_the_catalogue_of_frames() -> None:
    assert FRAMES["osdp"] == "devices.access.readers.osdp.decode:decode"


def test_a_poll_of_the_standard_in_words() -> None:
    assert decode("53 65 08 00 04 60 60 90") == {
        "address": 0x65,
        "reply": False,
        "sequence": 0,
        "check": "crc",
        "secure": False,
        "code": "0x60",
        "name": "POLL",
        "payload": {},
    }


def test_a_card_of_26_bits_has_the_number_that_wiegand_gives_it() -> None:
    decoded = decode(reply(ReplyCode.RAW, raw(bits_of(CARD, 26))))
    assert (decoded["number"], decoded["facility"], decoded["card"]) == ("0000086CED", 8, 27885)
    assert decoded["payload"] == {"reader": 0, "format": "wiegand", "bits": bits_of(CARD, 26)}


def test_a_card_too_long_for_a_number_is_a_frame_all_the_same() -> None:
    decoded = decode(reply(ReplyCode.RAW, raw("10" * 100)))
    assert "number" not in decoded
    assert decoded["name"] == "RAW"


@pytest.mark.parametrize(("code", "reason"), [(4, "sequence"), (6, "secure channel"), (99, "unknown")])
def test_a_refusal_says_its_reason_in_words(code: int, reason: str) -> None:
    assert reason in str(payload(reply(ReplyCode.NAK, bytes([code])))["reason"])


def test_a_readers_identity_and_capabilities() -> None:
    assert payload(reply(ReplyCode.PDID, bytes.fromhex("0ca1c0 02 03 4d000000 010203"))) == {
        "vendor": "0ca1c0",
        "model": 2,
        "version": 3,
        "serial": 77,
        "firmware": "1.2.3",
    }
    assert payload(reply(ReplyCode.PDCAP, bytes.fromhex("040102 090101"))) == {
        "led": {"level": 1, "items": 2},
        "secure-channel": {"level": 1, "items": 1},
    }


def test_a_lamp_a_buzzer_and_the_readers_own_state() -> None:
    lamp = payload(command(CommandCode.LED, bytes.fromhex("00 01 02 02 03 02 00 1400 00 00 00 00 00")))["lamps"]
    assert lamp == [
        {
            "reader": 0,
            "lamp": 1,
            "temporary": {"control": 2, "on": 2, "off": 3, "color": "green", "off_color": "black", "timer": 20},
            "permanent": {"control": 0, "on": 0, "off": 0, "color": "black", "off_color": "black"},
        }
    ]
    assert payload(command(CommandCode.BUZ, bytes([0, 2, 1, 1, 3])))["repeat"] == 3
    assert payload(reply(ReplyCode.LSTATR, b"\x01\x00")) == {"tamper": True, "power_failure": False}


def test_neither_a_key_nor_a_pin_is_ever_shown() -> None:
    assert payload(command(CommandCode.KEYSET, b"\x01\x10" + KEY)) == {"type": 1, "key_bytes": 16}
    assert payload(reply(ReplyCode.KEYPAD, b"\x00\x041234")) == {"reader": 0, "digits": 4}


def test_which_key_a_handshake_uses() -> None:
    def challenge(which: bytes) -> Mapping[str, Json]:
        block = SecurityBlock(0x11, which)
        return decode(encode(Frame(1, False, 2, Check.CRC, CommandCode.CHLNG, bytes(8), block)).hex())

    assert (challenge(b"\0")["key"], challenge(b"\1")["key"]) == ("default", "own")


def test_what_is_encrypted_is_only_counted() -> None:
    frame = Frame(1, True, 2, Check.CRC, ReplyCode.RAW, bytes(16), SecurityBlock(0x18), b"MAC!")
    decoded = decode(encode(frame).hex())
    assert (decoded["secure"], decoded["encrypted"], decoded["payload"]) == (True, True, {"encrypted_bytes": 16})
    assert "number" not in decoded


@pytest.mark.parametrize("text", ["", "zz", "5", "53 65 08 00 04 60 60 91", "ff ff"])
def test_what_is_no_frame_is_said_kindly(text: str) -> None:
    with pytest.raises(BadFrame):
        decode(text)


@given(frames())
def test_every_frame_becomes_json_or_a_bad_frame(frame: Frame) -> None:
    with suppress(BadFrame):
        json.dumps(decode(encode(frame).hex()))


@given(st.sampled_from([*CommandCode]), st.binary(max_size=30), st.booleans())
def test_data_of_a_wrong_length_are_refused_not_guessed(code: int, data: bytes, is_reply: bool) -> None:
    with suppress(BadFrame):
        json.dumps(decode(reply(code, data) if is_reply else command(code, data)))


@given(st.text(max_size=40))
def test_any_text_is_a_frame_or_a_bad_one(text: str) -> None:
    with suppress(BadFrame):
        decode(text)
