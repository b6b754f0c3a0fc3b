"""A device's state, as far as it is what its documentation says."""

from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from hub.web.models import Device

Value = TypeVar("Value")


def said(device: Device, name: str, reader: TypeAdapter[Value], otherwise: Value) -> Value:
    """The state's value; `otherwise` when it was not heard yet or makes no sense to this version of the pages."""
    if (state := device.states.get(name)) is None:
        return otherwise
    try:
        return reader.validate_python(state.value)
    except ValidationError:
        return otherwise
