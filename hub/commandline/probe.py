"""`alcolab probe`: what one device's hardware really says, with no broker and no other part of the lab."""

import asyncio
import signal
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.commandline.options import Config, Duration, config_file

if TYPE_CHECKING:
    from hub.commandline.probing import Printer
    from hub.lab import DeviceEntry, Node


def probe(
    device: Annotated[str, typer.Argument(help="A device of the configuration, such as vegetable-patch.")],
    config: Config = None,
    duration: Duration = None,
) -> None:
    """Open one device's hardware as configured and print raw and decoded values, until Ctrl-C."""
    from devices.errors import AlcolabError
    from hub.commandline.probing import Printer
    from hub.config import read_lab
    from hub.config.problems import unknown

    lab = read_lab(config_file(config))
    if device not in lab.devices:
        raise AlcolabError(unknown("device", device, lab.devices))
    entry = lab.devices[device]
    printer = Printer()
    asyncio.run(_probe(entry, lab.nodes[entry.node], printer, duration))
    if not printer.measured:
        typer.echo(f"{device}: nothing was measured", err=True)
        raise typer.Exit(1)


async def _probe(entry: "DeviceEntry", node: "Node", printer: "Printer", duration_s: float | None) -> None:
    """Run the device alone; Ctrl-C, SIGTERM and the end of `duration_s` release its hardware."""
    from devices import CATALOGUE
    from devices.board.pi import PiBoard
    from hub.bus import Bus, UnkeptJournal
    from hub.commandline.probing import EavesdroppingBoard
    from hub.port import DevicePort

    with tempfile.TemporaryDirectory(prefix="alcolab-probe-") as state:
        board = EavesdroppingBoard(PiBoard(Path(state), sysfs=node.sysfs), printer)
        bus = Bus(UnkeptJournal())
        port = DevicePort(entry.name, bus, board.clock)
        with bus.entries.heard_by(printer.take):
            work = asyncio.create_task(CATALOGUE[entry.type].load()(entry.options, board).run(port), name=entry.name)
            for stop in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(stop, work.cancel)
            with suppress(asyncio.CancelledError, TimeoutError):
                async with asyncio.timeout(duration_s):
                    await work
