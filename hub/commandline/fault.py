"""`alcolab fault`: break something in the simulated lab, and mend it."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from devices.errors import AlcolabError, HardwareMissing
from hub.commandline.options import StateFolder

app = typer.Typer(help="Play faults in the simulated lab.", no_args_is_help=True)

Target = Annotated[str, typer.Argument(help="What to break, such as vegetable-patch/air-temperature.")]


@app.command("list")
def list_targets(state: StateFolder = None) -> None:
    """List what can be broken, and what is."""
    for targets in _worlds(state).values():
        for target, fault in targets.items():
            typer.echo(f"{target}  {fault or 'works'}")


@app.command()
def play(
    target: Target,
    fault: Annotated[str, typer.Argument(help="unplug, hang, garbage or drift.")],
    state: StateFolder = None,
) -> None:
    """Break something: unplug it, let it hang, send garbage or drift."""
    asyncio.run(_asked(_world_of(target, state), do="play", target=target, fault=fault))
    typer.echo(f"{target}: {fault}; mend it with `alcolab fault mend {target}`")


@app.command()
def mend(target: Target, state: StateFolder = None) -> None:
    """Make it work again."""
    asyncio.run(_asked(_world_of(target, state), do="mend", target=target))
    typer.echo(f"{target}: works")


def _worlds(state: Path | None) -> dict[Path, dict[str, Any]]:
    """The simulated worlds that run, by their socket, with what can be broken in each."""
    from hub.state import state_folder, world_sockets

    folder = world_sockets(state or state_folder())
    worlds = {}
    for socket in sorted(folder.glob("*.sock")):
        with suppress(HardwareMissing):  # left behind by a lab that was killed
            worlds[socket] = asyncio.run(_asked(socket, do="targets"))
    if not worlds:
        raise HardwareMissing(f"no simulated lab runs here ({folder}): start one with `alcolab demo`")
    return worlds


def _world_of(target: str, state: Path | None) -> Path:
    """The socket of the world that knows this target; with an unknown target, the error lists all."""
    from hub.config.problems import unknown

    known = {each: socket for socket, targets in _worlds(state).items() for each in targets}
    if target not in known:
        raise AlcolabError(unknown("target", target, known))
    return known[target]


async def _asked(socket: Path, **request: str) -> dict[str, Any]:
    from devices.board.world_socket import ask_world

    answer = await ask_world(socket, request)
    if not answer["ok"]:
        raise AlcolabError(str(answer["error"]))
    targets: dict[str, Any] = answer.get("targets", {})
    return targets
