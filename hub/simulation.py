"""The outside world of a simulated Pi: its files, wires and pins, the scenes that move them, and the faults to play."""

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path

from devices import CATALOGUE
from devices.board.scene import Scene
from devices.board.simulated import SimulatedBoard
from devices.board.world import World
from devices.board.world_socket import WorldServer
from hub.lab import DeviceEntry
from hub.supervisor import Supervisor


class Simulation:
    """A simulated board whose world is played, and served on a socket, while it is `running`."""

    def __init__(self, state: Path, socket: Path, *, speed: float) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="alcolab-world-")
        self._world = World(Path(self._folder.name), speed=speed)
        self._server = WorldServer(self._world, socket)
        self._supervisor = Supervisor()
        self._played: dict[str, DeviceEntry] = {}
        self.board = SimulatedBoard(self._world, state)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        with self._folder, closing(self._world):
            async with self._supervisor:
                self._supervisor.start("simulated world", self._server.run)
                yield

    async def follow(self, devices: Mapping[str, DeviceEntry]) -> None:
        """Play these devices from now on."""
        changed = [name for name in self._played.keys() | devices.keys() if self._played.get(name) != devices.get(name)]
        await self._supervisor.stop(*(_scene_of(name) for name in changed))
        self._played = dict(devices)
        for name in changed:
            for target in [target for target in self._world.targets if target.startswith(f"{name}/")]:
                self._world.withdraw(target)
            if device := devices.get(name):
                self._supervisor.start(_scene_of(name), partial(self._play, device))

    async def _play(self, device: DeviceEntry) -> None:
        scene: Scene = CATALOGUE[device.type].load_scene()(device.name, device.options, self._world)
        await scene.run()


def _scene_of(device: str) -> str:
    return f"scene of {device}"
