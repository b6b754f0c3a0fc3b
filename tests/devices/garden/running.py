"""A bed on a simulated board, for tests that play its outside."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from devices.board.simulated import SimulatedBoard
from devices.board.world import World
from devices.garden.bed import GardenBed
from devices.garden.options import GardenOptions, Sensor
from devices.garden.scene import GardenScene
from tests.devices.recording_port import RecordingPort


@dataclass(frozen=True)
class Running:
    world: World
    board: SimulatedBoard
    port: RecordingPort


@asynccontextmanager
async def running(
    folder: Path, sensors: dict[str, Sensor], *, world: World | None = None, scene: bool = False
) -> AsyncIterator[Running]:
    """Run a bed called `bed`, with its scene if asked for, until the test leaves the context."""
    world = world or World(folder / "world", speed=60)
    board = SimulatedBoard(world, folder / "state")
    options = GardenOptions(sensors=sensors)
    port = RecordingPort()
    bed = GardenBed(options, board)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(GardenScene("bed", options, world).run(), name="scene")] if scene else []
        tasks.append(group.create_task(bed.run(port), name="bed"))
        try:
            yield Running(world, board, port)
        finally:
            for task in tasks:
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait(tasks)
