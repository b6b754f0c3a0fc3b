"""What is played of a badge reader: its plug, and the cards that are held to it."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from random import Random
from typing import TypeAlias

from devices.access.card import Card
from devices.board.world import Fault

Faulty: TypeAlias = Callable[[], Fault | None]
"""Tells the fault that is played now."""


class SimulatedReader(ABC):
    """The outside of one reader.

    One that hangs says nothing; one that drifts has a weak field, so that half of what it says arrives broken; garbage
    is what a wrong speed or setting makes of it. Unplugged, it is gone where that can be seen, and else says nothing.
    """

    def __init__(self, random: Random, faulty: Faulty) -> None:
        self._random = random
        self._faulty = faulty

    def plug(self) -> None:  # noqa: B027 - at bare wires, nobody sees whether a reader is there
        """Plug it in; plugged in already, it stays."""

    def unplug(self) -> None:  # noqa: B027 - as above
        """Pull it out."""

    async def run(self) -> None:
        """Play what goes on while no card is there, until cancelled."""
        await asyncio.get_running_loop().create_future()

    @abstractmethod
    async def hold(self, card: Card, held_s: float) -> None:
        """Hold a card to it."""

    def _breaks(self) -> bool:
        """Whether what it says now arrives broken by a weak field."""
        return self._faulty() is Fault.DRIFT and self._random.random() < 0.5

    def _silent(self) -> bool:
        return self._faulty() in {Fault.HANG, Fault.UNPLUG}
