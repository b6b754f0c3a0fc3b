"""`alcolab devices`: the types of device that a configuration can name, and their options."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from devices import CATALOGUE


def devices(
    device_type: Annotated[str | None, typer.Argument(metavar="TYPE", help="Show this type's options.")] = None,
    *,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of config.yaml, for editors.")
    ] = False,
) -> None:
    """List the types of device, or one type's options, readings and commands."""
    if schema:
        from hub.config.schema import lab_schema

        typer.echo(json.dumps(lab_schema(), indent=2, ensure_ascii=False))
    elif device_type is None:
        for name, known in CATALOGUE.items():
            typer.echo(f"{name}\n    {known.about}")
    else:
        for line in described(device_type):
            typer.echo(line)


def described(name: str) -> Iterator[str]:
    """Everything about one type of device.

    Raises:
        AlcolabError: there is no such type.
    """
    from devices.errors import AlcolabError
    from hub.config.problems import unknown

    if name not in CATALOGUE:
        raise AlcolabError(unknown("type", name, CATALOGUE))
    device = CATALOGUE[name].load()
    yield f"{name}: {CATALOGUE[name].about}"
    yield from _options(device.options, "Options, beside type and node:", shown=set())
    for title, known in (("States", device.states), ("Events", device.events), ("Commands", device.actions)):
        if known:
            yield f"\n{title}:"
        for each in known:
            yield f"  {each.name}\n      {each.about}"
    for action in device.actions:
        yield from _options(action.arguments, f"Arguments of {action.name}:", shown=set())


def _options(cls: type[Any], title: str, shown: set[type[Any]]) -> Iterator[str]:
    """The options of one dataclass, then of those that stand inside it, each once."""
    from hub.config import shape

    shown.add(cls)
    options = shape.options_of(cls)
    yield f"\n{title}" if options else f"\n{title} none"
    for option in options.values():
        default = "required" if option.required else f"default {_as_written(option.default)}"
        yield f"  {option.name}  ({shape.wanted(option.hint)}; {default})"
        if option.about:
            yield f"      {option.about}"
    for option in options.values():
        for inner in shape.options_inside(option.hint):
            if inner not in shown:
                kind = "".join(f", {field}: {values[0]}" for field, values in shape.literals_of(inner).items())
                yield from _options(inner, f"{option.name}{kind}:", shown)


def _as_written(default: Any) -> str:
    """A default as it would stand in the file."""
    match default:
        case None:
            return "none"
        case bool() | str() | int():
            return json.dumps(default, ensure_ascii=False)
        case float():
            return f"{default:g}"
        case _:
            return "as below" if default else "empty"
