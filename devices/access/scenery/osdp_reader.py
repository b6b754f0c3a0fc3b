"""An OSDP reader at a simulated RS-485 line, which it may share."""

import asyncio
from random import Random

from devices.access.card import Card
from devices.access.options import OsdpReader
from devices.access.readers.osdp.simulated_peer import simulated_line
from devices.access.scenery.simulated_reader import Faulty, SimulatedReader
from devices.board.world import Fault, World

TOO_LONG = "01" * 32
"""Bits of no card."""


class SimulatedOsdpCardReader(SimulatedReader):
    """It says a card once, when it comes; what it says is signed, so that a weak field makes it only silent."""

    def __init__(self, world: World, options: OsdpReader, random: Random, faulty: Faulty) -> None:
        super().__init__(random, faulty)
        self._line = simulated_line(world, options.port)
        self._reader = self._line.reader(options.address)

    async def run(self) -> None:
        await self._line.run()

    def plug(self) -> None:
        self._reader.dead = self._faulty() is Fault.HANG

    def unplug(self) -> None:
        self._reader.dead = True

    async def hold(self, card: Card, held_s: float) -> None:
        if self._faulty() is Fault.GARBAGE:
            self._reader.reads(TOO_LONG)
        elif not self._silent() and not self._breaks():
            self._reader.hold(card)
        await asyncio.sleep(held_s)
