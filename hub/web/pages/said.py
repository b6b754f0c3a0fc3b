"""What a device says of itself, as far as it is what its documentation says."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from hub.web.models import Device

Value = TypeVar("Value")

PROBLEMS = TypeAdapter[Mapping[str, str]](Mapping[str, str])


def said(device: Device, name: str, reader: TypeAdapter[Value], otherwise: Value) -> Value:
    """The state's value; `otherwise` when it was not heard yet or makes no sense to this version of the pages."""
    if (state := device.states.get(name)) is None:
        return otherwise
    try:
        return reader.validate_python(state.value)
    except ValidationError:
        return otherwise


def reason(device: Device) -> str:
    """Why it or something of it does not work, for a technician; empty while all is well."""
    problems = said(device, "problems", PROBLEMS, {})
    return device.reason or "; ".join(f"{what}: {problem}" for what, problem in problems.items())
