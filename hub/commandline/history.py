"""`alcolab history`: what the lab has measured and lived through, for a spreadsheet or another program."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TextIO

import typer

from hub.commandline.options import StateFolder
from hub.commandline.progress import progress_bar

app = typer.Typer(help="What the lab has measured.", no_args_is_help=True)


class ExportFormat(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


def _moment(text: str) -> datetime:
    """A day or a time; without an offset it is meant in this machine's time zone."""
    return datetime.fromisoformat(text).astimezone(UTC)


Since = Annotated[datetime | None, typer.Option(parser=_moment, metavar="TIME", help="From this day or time on.")]
Until = Annotated[datetime | None, typer.Option(parser=_moment, metavar="TIME", help="Before this day or time.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="File to write; default: standard output.")]


@app.callback()
def group() -> None:
    """What the lab has measured."""


@app.command()
def export(
    *,
    format: Annotated[ExportFormat, typer.Option(help="CSV, or a JSON object a line.")] = ExportFormat.CSV,  # noqa: A002 - the option's name
    since: Since = None,
    until: Until = None,
    device: Annotated[str | None, typer.Option(help="Only this device.")] = None,
    reading: Annotated[str | None, typer.Option(help="Only this reading, such as soil-moisture.")] = None,
    output: Output = None,
    state: StateFolder = None,
) -> None:
    """Write readings and events as CSV or JSON lines, on the machine that keeps the history; it may go on running."""
    from hub.history.export import Format
    from hub.history.export import export as write
    from hub.history.service import DATABASE
    from hub.state import state_folder

    database = (state or state_folder()) / "history" / DATABASE
    with _opened(output) as out, progress_bar("history") as progress:
        write(
            database,
            format=Format(format.value),
            out=out,
            since=since,
            until=until,
            device=device,
            channel=reading,
            progress=progress,
        )


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        with open(sys.stdout.fileno(), "w", encoding="utf-8", newline="", closefd=False) as stdout:
            yield stdout
    else:
        with output.open("w", encoding="utf-8", newline="") as file:
            yield file
