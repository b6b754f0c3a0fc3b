"""A board on a bench: what every board must do can be tried on any of them, whoever plays its outside world."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from devices.board.board import Board, Edge, Edges
from devices.board.pi import PiBoard
from devices.board.simulated import SimulatedBoard
from devices.board.wire import Wire
from devices.board.world import World
from tests.virtual_pi.gpio_sim import GpioSim


async def until(condition: Callable[[], bool]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.001)


def opened() -> int:
    """How many descriptors this process holds."""
    return len(list(Path("/proc/self/fd").iterdir()))


class Enough(Exception):
    """All that was waited for is there."""


async def take(edges: Edges, count: int) -> Sequence[Edge]:
    """The next `count` edges."""
    taken: list[Edge] = []

    def keep(edge: Edge) -> None:
        taken.append(edge)
        if len(taken) == count:
            raise Enough

    with suppress(Enough):
        async with asyncio.timeout(20):
            await edges.listen(keep)
    return taken


class Bench(ABC):
    """A board and its outside: sysfs and serial ports are a world's on every bench, lines are the board's own."""

    board: Board
    world: World

    def close(self) -> None:
        """Unplug everything."""
        self.world.close()

    @abstractmethod
    def serial(self) -> tuple[str, Wire]:
        """A serial port by the name that the board knows, and what is plugged into it."""

    @abstractmethod
    def drive(self, line: str, level: bool) -> None:
        """Hold an input high or low from outside."""

    @abstractmethod
    def level(self, line: str) -> bool:
        """Whether the wire of an output is high."""


class SimulatedBench(Bench):
    def __init__(self, folder: Path) -> None:
        self.world = World(folder / "world")
        self.board = SimulatedBoard(self.world, folder / "state")

    def serial(self) -> tuple[str, Wire]:
        return "/dev/alcolab/tank", self.world.serial("/dev/alcolab/tank")

    def drive(self, line: str, level: bool) -> None:
        self.world.pin(line).drive(level)

    def level(self, line: str) -> bool:
        return self.world.pin(line).level


class PiBench(Bench):
    """The real board, in the virtual Pi: its lines are a chip of the kernel's simulator."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder / "world")
        self.board = PiBoard(folder / "state", sysfs=self.world.sysfs)
        self._header = GpioSim()
        self._header.plug()

    def close(self) -> None:
        super().close()
        self._header.unplug()

    def serial(self) -> tuple[str, Wire]:
        return str(self.world.serial_path("tank")), self.world.serial("tank")

    def drive(self, line: str, level: bool) -> None:
        self._header.drive(line, level)

    def level(self, line: str) -> bool:
        return self._header.level(line)
