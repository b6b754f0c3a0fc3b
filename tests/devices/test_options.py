"""What an option in config.yaml may be."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from devices.options import (
    SIZES,
    STRICT,
    UNITS_S,
    About,
    Bytes,
    ChosenBy,
    Name,
    PortNumber,
    Seconds,
    parse_duration,
    parse_size,
)

SECONDS: TypeAdapter[float] = TypeAdapter(Seconds)
BYTES: TypeAdapter[int] = TypeAdapter(Bytes)
NAME: TypeAdapter[str] = TypeAdapter(Name)
PORT: TypeAdapter[int] = TypeAdapter(PortNumber)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("90s", 90), ("10min", 600), ("2h", 7200), ("1d", 86400), ("1.5h", 5400), (" 5 s ", 5), (30, 30)],
)
def test_a_duration_is_a_number_and_a_unit_or_seconds(text: object, seconds: float) -> None:
    assert SECONDS.validate_python(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "s", "10", "10 m", "-5s", "1e3s", "5S", "5s5s", "\u0665s", "9" * 400 + "d", True, "0s"]
)
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValidationError):
        SECONDS.validate_python(text)


def test_a_refused_duration_says_how_to_write_one() -> None:
    with pytest.raises(ValidationError, match="500ms, 90s, 10min, 2h, 1d"):
        SECONDS.validate_python("10 minutes")


@given(number=st.integers(1, 10**9), unit=st.sampled_from(sorted(UNITS_S)))
def test_every_whole_number_of_every_unit_is_a_duration(number: int, unit: str) -> None:
    assert SECONDS.validate_python(f"{number}{unit}") == pytest.approx(number * UNITS_S[unit])


@given(st.text() | st.from_regex(r"\s*\d+(\.\d+)?\s*[a-zA-Z]*\s*"))
def test_any_text_is_a_duration_or_a_value_error(text: str) -> None:
    try:
        assert parse_duration(text) >= 0
    except ValueError as error:
        assert "a duration is" in str(error)  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize(("text", "size"), [("500kB", 500_000), ("50MB", 50_000_000), ("1.5GB", 1_500_000_000), (7, 7)])
def test_a_size_is_a_number_and_a_unit_or_bytes(text: object, size: int) -> None:
    assert BYTES.validate_python(text) == size


@pytest.mark.parametrize("text", ["", "50", "50 M", "50mb", "50MiB", "-1kB", "9" * 400 + "GB", True, "0kB", 0])
def test_what_is_no_size_is_refused(text: object) -> None:
    with pytest.raises(ValidationError):
        BYTES.validate_python(text)


@given(number=st.integers(1, 10**6), unit=st.sampled_from(sorted(SIZES)))
def test_every_whole_number_of_every_unit_is_a_size(number: int, unit: str) -> None:
    assert BYTES.validate_python(f"{number}{unit}") == number * SIZES[unit]


@given(st.text() | st.from_regex(r"\s*\d+(\.\d+)?\s*[a-zA-Z]*\s*"))
def test_any_text_is_a_size_or_a_value_error(text: str) -> None:
    try:
        assert parse_size(text) >= 0
    except ValueError as error:
        assert "a size is" in str(error)  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize("name", ["a", "rain-tank", "3d-printer", "x" * 63])
def test_a_name_is_small_letters_digits_and_hyphens(name: str) -> None:
    assert NAME.validate_python(name) == name


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a_b", "a/b", "a+", "#", "é", "a b", "x" * 64, "a\n", 5])
def test_what_cannot_be_a_level_of_a_topic_is_no_name(name: object) -> None:
    with pytest.raises(ValidationError):
        NAME.validate_python(name)


@given(st.text())
def test_no_text_that_passes_as_a_name_could_break_a_topic(text: str) -> None:
    try:
        name = NAME.validate_python(text)
    except ValidationError:
        return
    assert not set(name) & set("+#/\0 \n")
    assert name.isascii()
    assert 1 <= len(name.encode()) <= 63


@pytest.mark.parametrize(("number", "valid"), [(1, True), (65535, True), (0, False), (65536, False), (-1, False)])
def test_a_port_number_has_sixteen_bits(number: int, valid: bool) -> None:
    if valid:
        assert PORT.validate_python(number) == number
    else:
        with pytest.raises(ValidationError):
            PORT.validate_python(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    """An options class as devices have them."""

    __pydantic_config__ = STRICT
    type: Annotated[str, About("What it is.")] = "lamp"
    every: Annotated[Seconds, About("How often it blinks.")] = 1.0


def test_an_option_that_nobody_reads_is_an_error() -> None:
    with pytest.raises(ValidationError, match="evry"):
        TypeAdapter(Lamp).validate_python({"evry": "1s"})


@pytest.mark.parametrize("value", ["inf", float("inf"), float("nan")])
def test_a_number_is_finite(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Lamp).validate_python({"every": value})


def test_the_schema_describes_each_option_for_an_editor() -> None:
    properties: dict[str, Any] = TypeAdapter(Lamp).json_schema()["properties"]
    assert properties["type"]["description"] == "What it is."
    every = properties["every"]
    assert every["description"] == "How often it blinks."
    assert every["examples"] == ["10min"]
    assert {"number", "string"} == {choice["type"] for choice in every["anyOf"]}


@dataclass(frozen=True, slots=True)
class Hen:
    type: Literal["hen"]


@dataclass(frozen=True, slots=True)
class Fox:
    type: Literal["fox"]
    tail: int


def test_a_union_is_chosen_by_its_field() -> None:
    animal: TypeAdapter[Any] = TypeAdapter(Annotated[Hen | Fox, ChosenBy("type")])
    assert animal.validate_python({"type": "fox", "tail": 1}) == Fox("fox", 1)
    with pytest.raises(ValidationError, match="'hen', 'fox'"):
        animal.validate_python({"type": "dog"})
