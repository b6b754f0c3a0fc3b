"""A board on a bench: what every board must do can be tried on any of them, whoever plays its outside world."""

import asyncio
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from devices.board.board import Board, Edge, Edges
from devices.board.pi import PiBoard
from devices.board.simulated import SimulatedBoard
from devices.board.wire import Wire
from devices.board.world import World
from tests.virtual_pi.gpio_sim import GpioSim
from tests.virtual_pi.uinput_keyboard import UinputKeyboard

ROOT = Path(__file__).parents[3]


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


@contextmanager
def program(source: str, *arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    """Another program, as far as its first line; killed at the end."""
    command = [sys.executable, "-c", source, *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stdout.readline()
        try:
            yield running
        finally:
            running.kill()


class Fingers(Protocol):
    """The outside end of a keyboard."""

    def plug(self) -> None: ...
    def unplug(self) -> None: ...
    def press(self, code: int) -> None: ...
    def release(self, code: int) -> None: ...
    def type(self, text: str) -> None: ...


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
    def keyboard(self, name: str) -> Fingers:
        """A keyboard that is plugged in, and that the kernel calls so."""

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

    def keyboard(self, name: str) -> Fingers:
        return self.world.keyboard(name)

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
        self._keyboards: list[UinputKeyboard] = []

    def close(self) -> None:
        super().close()
        self._header.unplug()
        for keyboard in self._keyboards:
            keyboard.unplug()

    def serial(self) -> tuple[str, Wire]:
        return str(self.world.serial_path("tank")), self.world.serial("tank")

    def keyboard(self, name: str) -> Fingers:
        keyboard = UinputKeyboard(name)
        keyboard.plug()
        self._keyboards.append(keyboard)
        return keyboard

    def drive(self, line: str, level: bool) -> None:
        self._header.drive(line, level)

    def level(self, line: str) -> bool:
        return self._header.level(line)
