"""`alcolab check`: whether `config.yaml` is right, and if not, everything that is wrong with it."""

from pathlib import Path
from typing import Annotated

import typer

from hub.commandline.options import config_file


def check(
    file: Annotated[Path | None, typer.Argument(help="Default: as `alcolab run`.", show_default=False)] = None,
) -> None:
    """Say everything that is wrong with a configuration, with file, line and a hint; exit code 1 if anything is."""
    from hub.config.reading import examine

    chosen = config_file(file)
    examined = examine(chosen)
    for problem in (*examined.problems, *examined.notes):
        typer.echo(problem)
    if examined.lab is None:
        errors = len(examined.problems)
        typer.echo(f"{chosen}: {errors} {'error' if errors == 1 else 'errors'}")
        raise typer.Exit(1)
    typer.echo(f"{chosen}: good; nodes: {', '.join(examined.lab.nodes)}; devices: {', '.join(examined.lab.devices)}")
