"""`alcolab decode`: one frame of a sensor or reader, as JSON."""

import json
import sys
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from inspect import signature
from typing import Annotated, Any

import typer

from devices import FRAMES
from devices.errors import AlcolabError

STDIN_AT_MOST = 65536


def decode(
    kind: Annotated[str, typer.Argument(help=f"Kind of frame: {', '.join(FRAMES)}.")],
    data: Annotated[
        list[str] | None, typer.Argument(help="The frame: bytes as hex, or text; - reads standard input.")
    ] = None,
    *,
    bits: Annotated[
        str | None, typer.Option("--format", metavar="26|34", help="wiegand: how many bits; else by their number.")
    ] = None,
    key: Annotated[str | None, typer.Option(metavar="HEX", help="sun: the tag's own key, or a file with it.")] = None,
    meta_key: Annotated[str | None, typer.Option(metavar="HEX", help="sun: the key of the PICC data.")] = None,
    master: Annotated[
        str | None, typer.Option(metavar="HEX", help="sun: the site's key, from which the tag's is derived.")
    ] = None,
    system: Annotated[str | None, typer.Option(metavar="HEX", help="sun: the system identifier besides.")] = None,
) -> None:
    """Decode one frame and print one line of JSON; exit code 1 if it is a bad one."""
    given = {"format": bits, "key": key, "meta_key": meta_key, "master": master, "system": system}
    options = {name: value for name, value in given.items() if value is not None}
    text = " ".join(data or ())
    if text == "-":
        text = sys.stdin.buffer.read(STDIN_AT_MOST).decode(errors="replace").rstrip("\r\n")
    try:
        answer = {"kind": kind, "ok": True, **_decoder(kind, options)(text)}
    except AlcolabError as error:
        answer = {"kind": kind, "ok": False, "error": str(error)}
    line = json.dumps(answer, ensure_ascii=False, separators=(",", ":")) + "\n"
    sys.stdout.buffer.write(line.encode(errors="backslashreplace"))
    raise typer.Exit(0 if answer["ok"] else 1)


def _decoder(kind: str, options: Mapping[str, str]) -> Callable[[str], Mapping[str, Any]]:
    if kind not in FRAMES:
        raise AlcolabError(f"unknown kind {kind!r}; allowed: {', '.join(FRAMES)}")
    module, _, function = FRAMES[kind].partition(":")
    found: Callable[..., Mapping[str, Any]] = getattr(import_module(module), function)
    for option in options.keys() - signature(found).parameters.keys():
        raise AlcolabError(f"{kind} has no --{option.replace('_', '-')}")
    return partial(found, **options)
