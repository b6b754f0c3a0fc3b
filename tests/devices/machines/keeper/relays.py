"""A relay under test, with somebody who beats for it."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from devices.board.board import Board
from devices.machines.keeper.owner import BEAT_EVERY_S, KeptRelay
from devices.machines.options import RelayOptions

LINE = "GPIO5"
OFF_WITHIN_S = 2.0
"""What is promised."""


class Turns:
    """What a relay has said of itself."""

    def __init__(self) -> None:
        self.all: list[tuple[bool, str]] = []

    def __call__(self, on: bool, why: str) -> None:
        self.all.append((on, why))


class Relay(KeptRelay):
    """Beats every quarter of a second, as a machine does, until `hang` or `limit_s`."""

    limit_s = math.inf
    hangs = False

    async def beats(self) -> None:
        while True:
            if not self.hangs:
                self.beat(self.limit)
            await asyncio.sleep(BEAT_EVERY_S)

    @property
    def limit(self) -> float:
        return min(self.limit_s, time.monotonic() + 60)


@asynccontextmanager
async def relay(board: Board, turns: Turns, *, active_low: bool = False) -> AsyncIterator[Relay]:
    """Ready, and off."""
    kept = Relay(board, RelayOptions(line=LINE, active_low=active_low), turns)
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(kept.run()), tasks.create_task(kept.beats())]
        await asyncio.wait_for(kept.ready.wait(), 20)
        yield kept
        for task in running:
            task.cancel()
