"""What can be believed of a device that is not valid as a whole, to find clashes even in a broken file."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from devices import CATALOGUE
from devices.board.board import Claim
from devices.device import Device
from hub.config import shape
from hub.config.document import Node
from hub.config.validation import is_valid

OF_EVERY_DEVICE = frozenset({"type", "node"})
"""The options that are not the device type's own."""


@dataclass(frozen=True, slots=True)
class BelievedDevice:
    """A device's class, with whatever of its options is valid."""

    loaded: type[Device[Any]]
    options: Any

    def claims(self) -> list[Claim]:
        return [claim for claim in _tried(self.loaded.claims, self.options) if isinstance(claim.name, str)]

    def hears(self) -> list[str]:
        return [name for name in _tried(self.loaded.hears, self.options) if isinstance(name, str)]

    def beside(self) -> Mapping[str, Sequence[str]]:
        found = _tried(lambda options: self.loaded.beside(options).items(), self.options)
        return {name: types for name, types in found if isinstance(name, str)}


def _tried(ask: Callable[[Any], Iterable[Any]], options: Any) -> list[Any]:
    try:
        return list(ask(options))
    except Exception:  # noqa: BLE001 - options with holes may break a device's own code; the model has reported the holes
        return []


def believed_device(device: Node) -> BelievedDevice | None:
    """What stands at `devices.<name>`; None when not even its type can be told."""
    if not isinstance(device.data, dict) or (known := CATALOGUE.get(str(device.data.get("type")))) is None:
        return None
    loaded = known.load()
    own = {key: value for key, value in device.data.items() if key not in OF_EVERY_DEVICE}
    return BelievedDevice(loaded, believable(loaded.options, own))


def believable(hint: Any, data: Any) -> Any:
    """`data` as its type, with None for whatever is missing or wrong in it; entries of a mapping that cannot be told
    at all are left out.
    """
    valid, value = is_valid(hint, data)
    if valid:
        return value
    member = shape.chosen(hint, data)
    if shape.is_options(member) and isinstance(data, dict):
        return _object(member, data)
    if isinstance(data, dict) and get_origin(member) in shape.MAPPINGS:
        entries = {key: believable(get_args(member)[1], value) for key, value in data.items()}
        return {key: value for key, value in entries.items() if value is not None}
    return None


def _object(cls: type[Any], data: Mapping[str, Any]) -> Any:
    """An object of the dataclass without calling its constructor, which would refuse it."""
    made = object.__new__(cls)
    for name, option in shape.options_of(cls).items():
        missing = None if option.required else option.default
        object.__setattr__(made, name, believable(option.hint, data[name]) if name in data else missing)
    return made
