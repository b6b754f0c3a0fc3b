"""The application: `python -m hub.app run` is one Pi's share of the lab, `python -m hub.app demo` all of it at once.

The `alcolab` command becomes this process; nothing here imports the command line's libraries.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from devices.board.board import Board
from devices.errors import AlcolabError, BadConfig
from hub import notify
from hub.config import read_lab_apart, start_reading_apart
from hub.lab import BoardKind, DeviceEntry, Lab
from hub.state import state_folder, world_sockets
from hub.supervisor import Supervisor

if TYPE_CHECKING:
    from hub.pi import Pi

log = logging.getLogger(__name__)

DEBUG = "ALCOLAB_DEBUG"
"""In the environment: show the traceback that an error's one line hides, and log everything."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """A node's board, and what must `follow` when its devices change."""

    board: Board
    follow: Callable[[Mapping[str, DeviceEntry]], Awaitable[None]]


@asynccontextmanager
async def hardware_of(lab: Lab, name: str, state: Path, *, speed: float = 1.0) -> AsyncIterator[Hardware]:
    """The way to one node's hardware, real or simulated."""
    node = lab.nodes[name]
    if node.board is BoardKind.PI:
        from devices.board.pi import PiBoard

        yield Hardware(PiBoard(state, sysfs=node.sysfs), _nothing_follows)
        return
    from hub.simulation import Simulation  # only where it is asked for

    simulation = Simulation(state, world_sockets(state_folder()) / f"{name}.sock", speed=speed)
    async with simulation.running():
        await simulation.follow(lab.devices_of(name))
        yield Hardware(simulation.board, simulation.follow)


async def _nothing_follows(_: Mapping[str, DeviceEntry]) -> None:
    """The real world is as it is."""


async def run(lab: Lab, name: str, file: Path) -> None:
    """One Pi's share of the lab, until SIGTERM or SIGINT. SIGHUP reads the configuration again."""
    from hub.pi import Pi

    stop, hang_up = on_signals(signal.SIGTERM, signal.SIGINT), on_signals(signal.SIGHUP)
    state = state_folder()
    async with hardware_of(lab, name, state) as hardware:
        pi = Pi(lab, name, hardware.board, state)
        async with pi.running(), Supervisor() as supervisor:
            supervisor.start("watchdog", notify.feed_watchdog)
            supervisor.start("reload", partial(_reload_again_and_again, pi, hardware, file, hang_up))
            notify.ready(_in_words(pi))
            await stop.wait()
            notify.stopping()


def on_signals(*signals: signal.Signals) -> asyncio.Event:
    """An event that is set when one of them comes."""
    came = asyncio.Event()
    for each in signals:
        asyncio.get_running_loop().add_signal_handler(each, came.set)
    return came


async def _reload_again_and_again(pi: "Pi", hardware: Hardware, file: Path, hang_up: asyncio.Event) -> None:
    while True:
        await hang_up.wait()
        hang_up.clear()
        notify.reloading()
        try:
            lab = await asyncio.to_thread(read_lab_apart, file, node=pi.name)
        except BadConfig as error:
            log.error("the new configuration is refused, the lab runs on with the old one:\n%s", error)  # noqa: TRY400 - no traceback: it says all
        else:
            await hardware.follow(lab.devices_of(pi.name))
            await pi.change(lab)
        notify.ready(_in_words(pi))


def _in_words(pi: "Pi") -> str:
    return f"{pi.name}: {len(pi.lab.devices_of(pi.name))} devices, {len(pi.services)} services"


def main(arguments: list[str]) -> None:
    """Begin as `run` or `demo` says.

    Raises:
        AlcolabError: it cannot begin; the message says why.
    """
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.DEBUG if DEBUG in os.environ else logging.INFO,
        format="%(levelname)s %(message)s",
        stream=sys.stderr,
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    if options.command == "demo":
        from hub.demo.play import demo

        asyncio.run(demo(options.config, options.duration, options.port, options.broker_port, options.speed))
        return
    read = start_reading_apart(options.config, node=options.node)
    import hub.pi  # noqa: F401 - takes as long as reading the configuration does, meanwhile

    lab = read()
    if options.node not in lab.nodes:
        known = ", ".join(lab.nodes)
        raise BadConfig(f"{options.config} has no node {options.node!r}: say --node with one of {known}")
    asyncio.run(run(lab, options.node, options.config))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="alcolab")
    commands = parser.add_subparsers(dest="command", required=True)
    for command in (commands.add_parser("run"), commands.add_parser("demo")):
        command.add_argument("--config", type=Path, default=Path("config.yaml"))
    commands.choices["run"].add_argument("--node", required=True)
    demo = commands.choices["demo"]
    demo.add_argument("--for", dest="duration", type=lambda text: float(text.removesuffix("s")))
    demo.add_argument("--port", type=int, default=8080)
    demo.add_argument("--broker-port", type=int, default=1883)
    demo.add_argument("--speed", type=float)
    return parser


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (AlcolabError, OSError) as failure:
        if DEBUG in os.environ:
            raise
        sys.exit(f"alcolab: {failure}")
