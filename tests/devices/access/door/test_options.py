"""What config.yaml may say of a door."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from devices.access.door.door import Door
from devices.access.door.options import Contact, DoorOptions, Fails, Strike
from devices.board.board import Claim
from tests.devices.access.door.running import WIRING

READ = TypeAdapter(DoorOptions)
LEAST: dict[str, Any] = {"badges": "front-badges", "strike": {"line": "GPIO17"}}


def test_a_reader_and_a_strike_are_enough() -> None:
    door = READ.validate_python(LEAST)
    assert (door.strike.fails, door.strike.unlock, door.held_open, door.policy_age) == (Fails.SECURE, 5.0, 30.0, 604800)
    assert list(door.lines()) == ["GPIO17"]


def test_times_are_written_as_elsewhere() -> None:
    door = READ.validate_python({**LEAST, "held_open": "2min", "warning": "30s", "policy_age": None})
    assert (door.held_open, door.warning, door.policy_age) == (120.0, 30.0, None)


@pytest.mark.parametrize(
    ("extra", "why"),
    [
        ({"contact": {"line": "GPIO17"}}, "one line for two parts"),
        ({"exit_badges": "front-badges"}, "outside and inside"),
        ({"held_open": "10s", "warning": "10s"}, "shorter than held_open"),
        ({"strike": {"line": "GPIO17", "unlock": "2min"}}, "less than or equal to 60"),
        ({"strike": {"line": "GPIO17", "fails": "open"}}, "'secure' or 'safe'"),
        ({"rules": {"capacity": 0}}, "greater than or equal to 1"),
        ({"reader": "front-badges"}, "Unexpected keyword argument"),
    ],
)
def test_what_cannot_be_is_said(extra: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        READ.validate_python({**LEAST, **extra})


def test_it_claims_its_lines_and_hears_its_readers_and_the_rooms_other_doors() -> None:
    options = replace(WIRING, others=("back-door",))
    assert list(Door.claims(options)) == [Claim("line", f"GPIO{number}") for number in (17, 27, 22, 23)]
    assert list(Door.hears(options)) == ["front-badges", "inside-badges", "back-door"]
    assert list(Door.beside(options)) == ["front-badges", "inside-badges"]
    least = DoorOptions(badges="front-badges", strike=Strike(line="GPIO17"), contact=Contact(line="GPIO27"))
    assert list(Door.hears(least)) == list(Door.beside(least)) == ["front-badges"]
