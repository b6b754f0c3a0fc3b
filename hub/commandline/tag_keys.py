"""`alcolab tag-keys`: the keys that one NTAG 424 DNA gets, for whoever personalises it."""

import json
import re
from typing import Annotated

import typer

from devices.errors import AlcolabError

UID = re.compile(r"[0-9A-Fa-f]{14}")


class BadUid(AlcolabError, ValueError):
    """No UID of a tag."""


def tag_keys(
    uid: Annotated[str, typer.Argument(help="The tag's UID: 14 hex digits, as a phone shows it.")],
    key_file: Annotated[str, typer.Option(help="File with the site's master key for tags: sun.key_file.")],
    system: Annotated[str, typer.Option(metavar="HEX", help="The system identifier: sun.system.")] = "",
) -> None:
    """Print the keys that a tag gets, as JSON; they are secrets, and the next one who scrolls up sees them."""
    from devices.access.sun.keys import file_key_of, key_from, meta_key_of, system_from
    from devices.secret import read_secret

    if not UID.fullmatch(bare := uid.replace(":", "").replace(" ", "")):
        raise BadUid(f"{uid!r} is no UID of an NTAG 424 DNA: it has 14 hex digits")
    master, rest = key_from(read_secret(key_file), key_file), system_from(system)
    keys = {"meta_key": meta_key_of(master, rest), "file_key": file_key_of(master, rest, bytes.fromhex(bare))}
    typer.echo(json.dumps({"uid": bare.upper()} | {name: key.hex().upper() for name, key in keys.items()}))
