"""A daemon with a mill on this Pi's real lines, in which Amina badges in at once.

SIGUSR1 hangs its loop, SIGUSR2 starts the mill again, as a reload does.
"""

import asyncio
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from devices.board.pi import PiBoard
from devices.machines.machine import Machine
from hub.bus import Bus, UnkeptJournal
from hub.port import DevicePort
from tests.devices.machines.running import MILL, OPTIONS, Played, policy

HANGS_S = 4.0


async def main(folder: Path) -> None:
    """Run until SIGTERM; a line on stdout when it is online, and when it has power."""
    bus = Bus(UnkeptJournal())
    bus.latest.policy = policy()
    board = PiBoard(folder)
    port = DevicePort(MILL, bus, board.clock)
    mill = Played(port, bus)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, lambda: time.sleep(HANGS_S))
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    with bus.entries.heard_by(mill.heard):
        running = _started(port, board)
        await mill.until(lambda: mill.online)
        print(f"online {mill.phase}", flush=True)  # noqa: T201 - read by the test that has started us
        mill.show("amina")
        loop.add_signal_handler(signal.SIGUSR2, running.cancel)
        await mill.until(lambda: mill.state("power"))
        print("powered", flush=True)  # noqa: T201 - likewise
        await asyncio.wait({running, asyncio.create_task(ended.wait())}, return_when=asyncio.FIRST_COMPLETED)
        if not ended.is_set():
            running = _started(port, board)
            await ended.wait()
        running.cancel()
        await asyncio.wait({running})


def _started(port: DevicePort, board: PiBoard) -> asyncio.Task[None]:
    return asyncio.create_task(Machine(replace(OPTIONS, current=None), board).run(port))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
