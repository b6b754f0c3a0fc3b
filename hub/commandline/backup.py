"""`alcolab backup` and `restore`: members, keys and audit logs in one file."""

from pathlib import Path
from typing import Annotated

import typer

from hub.commandline.options import StateFolder
from hub.commandline.progress import progress_bar


def backup(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to write it; it holds keys and names: keep it locked away.")
    ],
    state: StateFolder = None,
) -> None:
    """Save members, keys and audit logs in one file; the hub may run. The history is saved apart: docs/history.md."""
    from hub.members.backup.making import backup as save
    from hub.state import state_folder

    with progress_bar("backup") as progress:
        saved = save(state or state_folder(), file, progress)
    typer.echo(f"{file}: {len(saved.parts)} files, {file.stat().st_size:,} bytes; the history is not in it")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup that `alcolab backup` made.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    state: StateFolder = None,
) -> None:
    """Put a backup in the place of members and keys; alcolab must be stopped. Audit logs that are here stay."""
    from hub.members.backup.restoring import restore as put_back
    from hub.state import state_folder

    if not yes:
        typer.confirm("Members and keys of this machine are replaced. Go on?", abort=True)
    manifest = put_back(state or state_folder(), file)
    typer.echo(
        f"restored what was saved on {manifest.made}: start alcolab; all nodes get new policies, all log in again"
    )
