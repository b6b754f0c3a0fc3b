"""A Wiegand reader as its two wires see it: they rest high, and each bit is a short pulse on one of them."""

import asyncio
import time
from random import Random

from devices.access.card import Card
from devices.access.readers.wiegand_frame import Format, bits_of
from devices.access.scenery.simulated_reader import Faulty, SimulatedReader
from devices.board.pin import Pin
from devices.board.world import Fault

PULSE_NS = 100_000
BIT_NS = 1_000_000
"""The usual times of readers: a pulse of 100 µs, one each millisecond."""


class SimulatedWiegandReader(SimulatedReader):
    """It says a card once, when it comes."""

    def __init__(self, wires: tuple[Pin, Pin], bits: Format, random: Random, faulty: Faulty) -> None:
        super().__init__(random, faulty)
        self._wires = wires
        self._bits = bits
        for wire in wires:
            wire.drive(True)

    async def hold(self, card: Card, held_s: float) -> None:
        bits = self._heard(bits_of(card, self._bits))
        begun_ns = time.monotonic_ns()
        await asyncio.sleep(len(bits) * BIT_NS / 1e9)
        for number, bit in enumerate(bits):
            self._pulse(int(bit), begun_ns + number * BIT_NS)
        await asyncio.sleep(held_s)

    def _heard(self, bits: str) -> str:
        """What of a frame reaches the Pi: where something is wrong, fewer bits than it has."""
        if self._silent():
            return ""
        if self._faulty() is Fault.GARBAGE:
            return "".join(self._random.choices("01", k=self._random.randrange(9, len(bits))))
        return bits[1:] if self._breaks() else bits

    def _pulse(self, wire: int, at_ns: int) -> None:
        self._wires[wire].drive(False, at_ns=at_ns)
        self._wires[wire].drive(True, at_ns=at_ns + PULSE_NS)
