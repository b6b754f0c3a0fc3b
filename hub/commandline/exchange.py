"""`alcolab member import` and `export`: members from a spreadsheet and into one."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.commandline.members_here import meant, with_members
from hub.commandline.options import StateFolder
from hub.commandline.progress import progress_bar

if TYPE_CHECKING:
    from hub.members.exchange.importing import Plan, Step
    from hub.members.store import Store


def import_members(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV: UTF-8 or from Excel; the first line names the columns.")
    ],
    *,
    preview: Annotated[bool, typer.Option("--preview", help="Only show what would change.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    state: StateFolder = None,
) -> None:
    """Show what a list of members would change, ask, and import all of it or nothing."""
    from hub.members.exchange import importing
    from hub.members.exchange.importing import BadImport
    from hub.members.model import CONSOLE

    content = file.read_bytes()
    planned = with_members(state, lambda store: store.read(importing.plan, content), begin=True)
    for line in _described(planned):
        typer.echo(line)
    if planned.wrong:
        raise BadImport(planned.wrong)
    if preview:
        return
    if not yes:
        typer.confirm("Import this?", abort=True)
    with progress_bar("import") as progress:
        with_members(
            state,
            lambda store: store.write_much(importing.carry_out, content, by=CONSOLE, progress=progress),
        )


def export_members(
    member: Annotated[
        str | None, typer.Argument(metavar="[MEMBER]", help="Everything about this one, as JSON; default: all, as CSV.")
    ] = None,
    *,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; default: standard output.")] = None,
    state: StateFolder = None,
) -> None:
    """Write all members for a spreadsheet, or all that the hub knows of one of them for themselves."""
    from hub.members.exchange import exporting

    async def exported(store: "Store") -> str:
        if member is None:
            return await store.read(exporting.as_csv)
        known = await store.read(exporting.about, (await meant(store, member)).id)
        return json.dumps(known, ensure_ascii=False, indent=2) + "\n"

    content = with_members(state, exported).encode()
    if output is None:
        sys.stdout.buffer.write(content)
    else:
        from devices.board.durable_file import replace_file

        replace_file(output, content)


def _described(planned: "Plan") -> Iterator[str]:
    from hub.members.exchange.importing import Change

    yield from (_step(step) for step in planned.steps if step.change is not Change.SAME)
    yield ", ".join(f"{change}: {planned.count(change)}" for change in Change) + f", wrong: {len(planned.wrong)}"


def _step(step: "Step") -> str:
    before = step.member
    told = [f"{name}: {_shown(getattr(before, name))} → {_shown(getattr(step.details, name))}" for name in step.changed]
    told += [f"training {name}{f' until {until}' if until else ''}" for name, until in step.trainings.items()]
    return f"line {step.line}: {step.change} {step.details.name}{'; ' if told else ''}{'; '.join(told)}"


def _shown(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(map(str, value))) or "none"
    return str(value) if value not in {None, ""} else "none"
