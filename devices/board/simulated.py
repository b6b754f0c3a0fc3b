"""A board whose hardware is a `World`: the drivers above it are the ones that run on a Pi."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from devices.board.board import Edges, Line, Output
from devices.board.clock import Clock
from devices.board.host import HostBoard
from devices.board.simulated_lines import simulated_edges, simulated_output
from devices.board.world import World


class SimulatedBoard(HostBoard):
    """The inside of the simulated world. Its kernel, clock and folders are the machine's own."""

    def __init__(self, world: World, state: Path, clock: Clock | None = None) -> None:
        super().__init__(state, sysfs=world.sysfs, clock=clock)
        self.world = world

    def edges(self, lines: Sequence[Line]) -> AbstractAsyncContextManager[Edges]:
        return simulated_edges(self.world, lines)

    def output(self, line: str, *, active_low: bool = False) -> AbstractAsyncContextManager[Output]:
        return simulated_output(self.world, line, active_low=active_low)

    def _place(self, port: str) -> str:
        return str(self.world.serial_path(port))
