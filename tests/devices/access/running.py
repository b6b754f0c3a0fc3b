"""A badge reader on a simulated board, for tests that play its outside."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from devices.access.badge_reader import BadgeReader
from devices.access.options import BadgeReaderOptions, Id12laReader, Rdm6300Reader
from devices.board.board import Board
from devices.board.simulated import SimulatedBoard
from devices.board.wire import Wire
from devices.board.world import World
from tests.devices.recording_port import RecordingPort

PORT = "/dev/alcolab/badges"
AWAY_S = 0.3
RDM6300 = BadgeReaderOptions(reader=Rdm6300Reader(type="rdm6300", port=PORT, away=AWAY_S))
ID_12LA = BadgeReaderOptions(reader=Id12laReader(type="id-12la", port=PORT, away=AWAY_S))


@dataclass(frozen=True)
class Running:
    world: World
    port: RecordingPort

    @property
    def wire(self) -> Wire:
        """What is plugged into its serial port, if that is what it has."""
        return self.world.serial(PORT)

    async def badges(self, count: int) -> list[str]:
        """The credentials of the first `count` badges, as soon as there are so many."""
        await self.port.until(lambda: len(self.port.events) >= count)
        return [str(event.data["credential"]) for event in self.port.events]

    async def problem(self) -> str:
        """What the reader says is the matter with it, as soon as it does."""
        return str(await self.port.until(lambda: self.port.states.get("problems")))

    async def until_offline(self) -> str:
        """Wait for it; gives the reason."""
        return await self.port.until(lambda: "" if self.port.available[-1][0] else self.port.available[-1][1])

    async def until_online(self) -> None:
        await self.port.until(lambda: self.port.available[-1][0])


@asynccontextmanager
async def running(
    folder: Path, options: BadgeReaderOptions = RDM6300, *, world: World | None = None, board: Board | None = None
) -> AsyncIterator[Running]:
    """Run a reader until the test leaves the context. Another board finds its port at `world.serial_path`."""
    world = world or World(folder / "world")
    world.serial(PORT)
    port = RecordingPort("badges")
    reader = BadgeReader(options, board or SimulatedBoard(world, folder / "state"))
    task = asyncio.create_task(reader.run(port), name="badges")
    try:
        await port.until(lambda: port.available)
        yield Running(world, port)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
