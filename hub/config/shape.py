"""What options a dataclass has, read from its annotations: for messages, for the catalogue and for broken files."""

import dataclasses
import types
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, TypeGuard, Union, get_args, get_origin, get_type_hints

from devices.options import About, Parsed, Within

MISSING: Any = dataclasses.MISSING
MAPPINGS = {Mapping, dict}


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a dataclass; `default` is MISSING where it must be given."""

    name: str
    hint: Any
    about: str
    default: Any

    @property
    def required(self) -> bool:
        return self.default is MISSING


def options_of(cls: type[Any]) -> Mapping[str, Option]:
    """The options of a dataclass by name, in the order in which they are written."""
    hints = get_type_hints(cls, include_extras=True)
    return {
        field.name: Option(field.name, hints[field.name], about(hints[field.name]), _default(field))
        for field in dataclasses.fields(cls)
        if field.init
    }


def _default(field: "dataclasses.Field[Any]") -> Any:
    factory: Any = field.default_factory
    return field.default if factory is MISSING else factory()


def marks(hint: Any) -> tuple[Any, ...]:
    """The `Annotated` marks of a type."""
    return hint.__metadata__ if get_origin(hint) is Annotated else ()


def about(hint: Any) -> str:
    return next((mark.text for mark in marks(hint) if isinstance(mark, About)), "")


def bare(hint: Any) -> Any:
    """The type without its marks."""
    return bare(hint.__origin__) if get_origin(hint) is Annotated else hint


def is_options(member: Any) -> TypeGuard[type[Any]]:
    """Whether a type is a dataclass, with options of its own."""
    return isinstance(member, type) and dataclasses.is_dataclass(member)


def members(hint: Any) -> tuple[Any, ...]:
    """The types of which this one is a union, None left out; a type that is none is its only member."""
    union = bare(hint)
    if get_origin(union) not in {Union, types.UnionType}:
        return (hint,)
    return tuple(inner for member in get_args(union) if member is not type(None) for inner in members(member))


def chosen(hint: Any, data: Any) -> Any:
    """The member of a union that `data` means: the only one, or by its literal fields, such as `type`."""
    candidates = [bare(member) for member in members(hint)]
    if len(candidates) == 1:
        return candidates[0]
    for member in candidates:
        literals = literals_of(member)
        if literals and isinstance(data, dict) and all(data.get(name) in values for name, values in literals.items()):
            return member
    return None


def literals_of(member: Any) -> Mapping[str, tuple[Any, ...]]:
    """The required fields of a dataclass that can only have certain values, such as `type: Literal["pulse"]`."""
    if not is_options(bare(member)):
        return {}
    required = {name: bare(option.hint) for name, option in options_of(bare(member)).items() if option.required}
    return {name: get_args(hint) for name, hint in required.items() if get_origin(hint) is Literal}


def inside(hint: Any, key: str | int, data: Any) -> Any:
    """The type of what stands under `key`, as far as it can be known; else None."""
    member = chosen(hint, data)
    if is_options(member):
        option = options_of(member).get(str(key))
        return option.hint if option else None
    arguments = get_args(member)
    if not arguments:
        return None
    if isinstance(data, dict):
        return None if arguments[-1] is ... else arguments[-1]
    if get_origin(member) is tuple and arguments[-1] is not ... and isinstance(key, int):
        return arguments[key] if key < len(arguments) else None
    return arguments[0]


def wanted(hint: Any) -> str:
    """What is allowed there, in a few words."""
    for mark in marks(hint):
        if isinstance(mark, Parsed):
            return f"such as {mark.example}"
    return " or ".join(dict.fromkeys(_wanted_member(member, marks(hint)) for member in members(hint)))


def _wanted_member(member: Any, outer: tuple[Any, ...]) -> str:
    plain = bare(member)
    if get_origin(plain) is Literal:
        return ", ".join(map(str, get_args(plain)))
    if isinstance(plain, type) and issubclass(plain, Enum):
        return ", ".join(str(choice.value) for choice in plain)
    if is_options(plain):
        return "a mapping (key: value)"
    bounds = dict.fromkeys(mark for mark in (*marks(member), *outer) if isinstance(mark, Within))
    return WORDS.get(get_origin(plain) or plain, "a value") + "".join(_bounds(mark) for mark in bounds)


WORDS: Mapping[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Path: "the path of a file",
    date: "a date such as 2026-03-01",
    tuple: "a list",
    list: "a list",
    Mapping: "a mapping (key: value)",
    dict: "a mapping (key: value)",
}


def _bounds(within: Within) -> str:
    said = [(within.over, "over"), (within.least, "at least"), (within.most, "at most")]
    return "".join(f", {word} {bound:g}" for bound, word in said if bound is not None)


def options_inside(hint: Any) -> tuple[type[Any], ...]:
    """The dataclasses that a value of this type holds: itself, the members of a union, items, values."""
    found: list[type[Any]] = []
    for member in map(bare, members(hint)):
        if is_options(member):
            found.append(member)
        else:
            found += [
                inner for argument in get_args(member) if argument is not ... for inner in options_inside(argument)
            ]
    return tuple(dict.fromkeys(found))
