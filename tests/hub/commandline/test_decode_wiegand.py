"""`alcolab decode wiegand`, for whoever stands beside a reader."""

import json

import pytest
from typer.testing import CliRunner

from hub.commandline import app

CARD = {"kind": "wiegand", "ok": True, "number": "0000086CED", "facility": 8, "card": 27885}


def decode(*arguments: str, stdin: str = "") -> dict[str, object]:
    done = CliRunner().invoke(app, ["decode", *arguments], input=stdin)
    said: dict[str, object] = json.loads(done.output)
    assert done.exit_code == (0 if said["ok"] else 1)
    return said


@pytest.mark.parametrize(
    "arguments",
    [
        ("10000100001101100111011011", "--format", "26"),
        ("--format", "26", "1", "00001000", "0110110011101101", "1"),
        ("1_00001000_0110110011101101_1",),
    ],
)
def test_bits_may_be_written_with_spaces_and_underscores(arguments: tuple[str, ...]) -> None:
    assert decode("wiegand", *arguments) == CARD


def test_they_may_come_from_standard_input() -> None:
    assert decode("wiegand", "-", "--format", "26", stdin="1 00001000 0110110011101101 1\n") == CARD


def test_34_bits() -> None:
    said = decode("wiegand", "1 1000100111010100 0001101110000001 1", "--format", "34")
    assert (said["number"], said["facility"], said["card"]) == ("0089D41B81", 0x89D4, 0x1B81)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("0 11110111 1001001100010010 0", "--format", "26"), "D0 and D1 are swapped"),
        (("0 00001000 0110110011101101 1", "--format", "26"), "even parity over the first 13 bits"),
        (("1 00001000 0110110011101101 0",), "odd parity over the last 13 bits"),
        (("1 00001000 0110110011101101 1", "--format", "34"), "a frame has 34 bits, this has 26"),
        (("1 00001000 0110110011101101 1", "--format", "37"), "formats of Wiegand are 26 and 34"),
        ((), "this has 0"),
        (("086CED",), "0 and 1"),
    ],
)
def test_a_bad_one_is_said(arguments: tuple[str, ...], said: str) -> None:
    answer = decode("wiegand", *arguments)
    assert answer["ok"] is False
    assert said in str(answer["error"])


def test_other_kinds_have_no_format() -> None:
    assert decode("rdm6300", "02", "--format", "26")["error"] == "rdm6300 has no --format"
