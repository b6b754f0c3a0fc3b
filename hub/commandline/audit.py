"""`alcolab audit`: whether the audit logs of doors, machines and members are as they were written."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from devices.errors import AlcolabError
from hub.commandline.options import StateFolder

if TYPE_CHECKING:
    from devices.audit_log import Head

app = typer.Typer(help="The audit logs of doors, machines and members.", no_args_is_help=True)

LOG = "audit"
"""The folder of a log, inside that of its device or of `members`, after which it is called."""
HASH_DIGITS = 64


class BadHeads(AlcolabError, ValueError):
    """A file of heads that cannot be used."""


@app.callback()
def group() -> None:
    """The audit logs of doors, machines and members."""


@app.command()
def verify(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[FOLDER]...", help="Logs; default: all in the state folder.")
    ] = None,
    heads: Annotated[
        Path | None, typer.Option(help="What the logs have told elsewhere: JSON lines, of the hub; - reads stdin.")
    ] = None,
    state: StateFolder = None,
) -> None:
    """Find every entry that was edited, removed, inserted, moved or cut off; exit code 1 if there is one.

    Without heads nobody can see that the end of a log is missing.
    """
    from hub.state import state_folder

    logs = folders or _logs_in(state or state_folder())
    if not logs:
        raise AlcolabError("there is no audit log here: name its folder, or run this where doors or machines are")
    said = _heads_in(heads) if heads is not None else {}
    verified = [_verify(folder, said.get(_name(folder), ())) for folder in logs]
    raise typer.Exit(0 if all(verified) else 1)


def _verify(folder: Path, heads: Iterable["Head"]) -> bool:
    from devices.audit_log import verify as read

    name, heads = _name(folder), tuple(heads)
    try:
        verdict = read(folder, heads, name=name)
    except OSError as error:
        raise AlcolabError(f"{folder} cannot be read ({error.strerror}): run this as root or as the service") from error
    for finding in verdict.findings:
        typer.echo(f"{name}: {finding}")
    for note in verdict.notes:
        typer.echo(f"{name}: (note) {note}")
    told = f"{verdict.heads} of {len(set(heads))} heads told elsewhere fit" if heads else "no heads to compare with"
    gone = f" ({verdict.gone} are of entries that are gone)" if verdict.gone else ""
    typer.echo(f"{name}: {verdict.head.entries} entries, {told}{gone}: {'as written' if verdict.ok else 'CHANGED'}")
    return verdict.ok


def _logs_in(state: Path) -> list[Path]:
    return sorted(folder for folder in (*state.glob(f"devices/*/{LOG}"), state / "members" / LOG) if folder.is_dir())


def _name(folder: Path) -> str:
    """Whose log it is."""
    whole = folder.absolute()
    return whole.parent.name if whole.name == LOG else whole.name


def _heads_in(file: Path) -> Mapping[str, list["Head"]]:
    """The heads of each log."""
    heads: dict[str, list[Head]] = {}
    with _opened(file) as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                log, head = _head_in(line, f"{file}, line {number}")
                heads.setdefault(log, []).append(head)
    return heads


def _head_in(line: str, where: str) -> tuple[str, "Head"]:
    from devices.audit_log import Head

    try:
        said = json.loads(line)
        log, entries, digest = said["log"], said["entries"], said["hash"]
        right = isinstance(log, str) and type(entries) is int and entries >= 0
        if right and len(bytes.fromhex(digest)) * 2 == HASH_DIGITS:
            return log, Head(entries, digest.lower())
    except (ValueError, TypeError, LookupError, RecursionError):
        pass
    raise BadHeads(f'{where} is no head: it should read {{"log": "front-door", "entries": 120, "hash": "…"}}') from None


@contextmanager
def _opened(file: Path) -> Iterator[TextIO]:
    if str(file) == "-":
        yield sys.stdin
    else:
        with file.open(encoding="utf-8", errors="replace") as opened:
            yield opened
