"""A scene plays the outside world of one device on a simulated board. Each family brings its own."""

from abc import ABC, abstractmethod
from typing import Any

from devices.board.world import World


class Scene(ABC):
    """The script for one device: it moves the world's files, wires and pins, and plays the faults it offers."""

    def __init__(self, device: str, config: Any, world: World) -> None:
        self.device = device
        self.config = config
        self.world = world

    @classmethod
    def quickened(cls, config: Any) -> Any:
        """The same configuration at the pace of a demonstration, which nobody watches for an hour."""
        return config

    @abstractmethod
    async def run(self) -> None:
        """Play until cancelled."""
