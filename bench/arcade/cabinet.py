"""`python -m bench.arcade.cabinet WINDOW_US [LEVELS]`: the controls of a real cabinet; its gamepad is standard output.

On the lines of this Pi, or on played ones: the kernel's records are then read from standard input, and levels from
that descriptor. The process that reacts is not this one, which opens it all, listens, and counts, as the daemon does.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from devices.arcade.buttons import Button
from devices.arcade.input.owner import Controls, controls
from devices.arcade.options import CabinetOptions
from devices.board.board import InputIdentity, Line, LineRecords
from devices.board.pi import PiBoard

SWITCHES: Mapping[Button, int] = {
    Button.UP: 4,
    Button.DOWN: 5,
    Button.LEFT: 6,
    Button.RIGHT: 7,
    Button.SOUTH: 17,
    Button.EAST: 9,
    Button.START: 12,
    Button.SELECT: 13,
}
"""The lines of a cabinet with one player, by their offset on the chip. input.c has them in this order."""


class Pi(PiBoard):
    """A gamepad is already there."""

    def __init__(self) -> None:
        super().__init__(Path())
        self._gamepad = os.dup(1)

    @asynccontextmanager
    async def virtual_input(self, identity: InputIdentity) -> AsyncIterator[int]:
        del identity
        yield self._gamepad


class Played(Pi):
    """Lines are played too; their offset is their place."""

    def __init__(self, levels: int) -> None:
        super().__init__()
        self._records = os.dup(0)
        self._levels = levels

    @asynccontextmanager
    async def line_records(self, lines: Sequence[Line]) -> AsyncIterator[Sequence[LineRecords]]:
        os.set_blocking(self._records, False)
        yield [LineRecords(self._records, {place: line.name for place, line in enumerate(lines)}, self._levels)]


async def main(window_us: int, levels: int | None) -> None:
    """Until SIGTERM."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    options = CabinetOptions(
        players=({button: f"GPIO{offset}" for button, offset in SWITCHES.items()},),
        active_low=False,
        debounce=window_us / 1e6,
    )
    board = Pi() if levels is None else Played(levels)
    async with controls(board, options) as found:
        listening = asyncio.create_task(_listen(found), name="the cabinet")
        os.write(2, f"ready {found.pid}\n".encode())
        await ended.wait()
        listening.cancel()


async def _listen(found: Controls) -> None:
    async for _ in found:
        pass


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None))
