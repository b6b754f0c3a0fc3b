"""RDM6300 and ID-12LA as their wire hears them."""

import asyncio
from random import Random

from devices.access.card import Card
from devices.access.readers.serial_frame import START, FrameFormat, frame_of
from devices.access.scenery.simulated_reader import Faulty, SimulatedReader
from devices.board.wire import Wire
from devices.board.world import Fault

FRAME_EVERY_S = 0.065
"""An RDM6300 says a card so often while it lies there."""


class SimulatedSerialReader(SimulatedReader):
    """It says a card once or again and again, as its kind does."""

    def __init__(self, wire: Wire, frame_format: FrameFormat, random: Random, faulty: Faulty) -> None:
        super().__init__(random, faulty)
        self._wire = wire
        self._format = frame_format

    def plug(self) -> None:
        self._wire.plug()

    def unplug(self) -> None:
        self._wire.unplug()

    async def hold(self, card: Card, held_s: float) -> None:
        frames = 1 if self._format is FrameFormat.ID_12LA else max(round(held_s / FRAME_EVERY_S), 1)
        for _ in range(frames):
            self._wire.send(self._heard(frame_of(card, self._format)))
            await asyncio.sleep(FRAME_EVERY_S)

    def _heard(self, frame: bytes) -> bytes:
        """What of a frame reaches the Pi."""
        if self._silent():
            return b""
        if self._faulty() is Fault.GARBAGE:
            return self._random.randbytes(len(frame)).replace(bytes([START]), b"\xff")
        return frame[: self._random.randrange(1, len(frame))] if self._breaks() else frame
