"""What config.yaml may say of a machine, and what it may not."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from devices.machines.machine import Machine
from devices.machines.options import CurrentLine, CurrentSensor, Kind, MachineOptions
from tests.devices.machines.running import OPTIONS

LEAST = {"kind": "3d-printer", "badges": "printer-badges", "relay": {"line": "GPIO17"}}


def read(**options: Any) -> MachineOptions:
    return TypeAdapter(MachineOptions).validate_json(json.dumps({**LEAST, **options}), strict=True)


def test_little_is_enough() -> None:
    options = read()
    assert (options.kind, options.relay.active_low, options.session.most) == (Kind.PRINTER_3D, False, 4 * 3600)
    assert (options.current, options.oops, options.room, options.policy_age) == (None, None, None, None)
    assert not options.session.cut_jobs


def test_a_job_is_known_by_a_sensor_or_a_contact() -> None:
    clamp = {"type": "hwmon", "name": "ina219", "attribute": "curr1_input", "running": 400, "idle": 100}
    assert isinstance(read(current=clamp).current, CurrentSensor)
    assert isinstance(read(current={"type": "line", "line": "GPIO22"}).current, CurrentLine)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"oops": {"line": "GPIO17"}}, "one line has one use"),
        ({"session": {"most": "5min", "warning": "5min"}}, "must be shorter"),
        ({"session": {"grace": 0}}, "greater than 0"),
        ({"maintenance": {f"task-{n}": 10 for n in range(21)}}, "at most 20 tasks"),
        (
            {"current": {"type": "iio", "name": "x", "attribute": "y", "running": 1, "idle": 1}},
            "must be below running",
        ),
        ({"current": {"type": "iio", "name": "x", "attribute": "../y", "running": 2, "idle": 1}}, "pattern"),
        ({"kind": "laser"}, "3d-printer"),
        ({"rules": {"anti_passback": "hard"}}, "Unexpected keyword"),
    ],
)
def test_what_cannot_be_meant_is_said(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        read(**wrong)


def test_it_claims_its_lines_and_hears_its_reader_and_its_room() -> None:
    assert [claim.name for claim in Machine.claims(OPTIONS)] == ["GPIO5", "GPIO6", "GPIO13"]
    assert list(Machine.hears(OPTIONS)) == ["mill-badges", "workshop-door"]
    assert list(Machine.hears(read())) == ["printer-badges"]
