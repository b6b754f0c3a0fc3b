"""`python -m bench.arcade.cabinet WINDOW_US FIRST [LEVELS]`: the controls of a real cabinet.

Its gamepad is standard output. Its lines are those of this Pi from GPIO<FIRST> on, or played: the kernel's records are
then read from standard input, and levels from the descriptor LEVELS. The process that reacts is not this one, which
opens it all, listens, and counts, as the daemon does.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from devices.arcade.buttons import Button
from devices.arcade.input.owner import Controls, controls
from devices.arcade.options import CabinetOptions
from devices.board.board import InputIdentity, Line, LineRecords
from devices.board.pi import PiBoard

SWITCHES = (
    *(Button.UP, Button.DOWN, Button.LEFT, Button.RIGHT),
    *(Button.SOUTH, Button.EAST, Button.START, Button.SELECT),
)
"""Of a cabinet with one player, in the order of their lines, which follow each other. input.c has the same."""


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


async def main(window_us: int, first: int, levels: int | None = None) -> None:
    """Until SIGTERM."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    options = CabinetOptions(
        players=({button: f"GPIO{line}" for line, button in enumerate(SWITCHES, start=first)},),
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
    asyncio.run(main(*map(int, sys.argv[1:])))
