"""Members at a simulated badge reader: they come, hold their card to it, and go."""

import asyncio
from random import Random

from devices.access.card import Card
from devices.access.options import BadgeReaderOptions, Id12laReader, Rdm6300Reader
from devices.access.readers.serial_frame import START, FrameFormat, frame_of
from devices.access.readers.serial_reader import format_of
from devices.board.scene import Scene
from devices.board.world import Fault, World

MEMBERS = tuple(Card.numbered(0x0100_A1_0000 + number) for number in (1717, 2026, 14789, 27885, 40404, 61235))
"""The cards of the simulated lab's members, the same at each of its readers."""
FRAME_EVERY_S = 0.065
"""An RDM6300 says a card so often while it lies there."""
FIRST_AFTER_S = 4.0
NOBODY_S = (15.0, 45.0)
"""How long nobody comes."""
HELD_S = (0.3, 1.2)
"""How long a card is held to the reader."""
LOOK_EVERY_S = 0.2
"""How soon a fault is seen."""


class BadgeReaderScene(Scene):
    """Offers the reader as a target for faults, `<device>/reader`.

    One that hangs says nothing; one that drifts has a weak field, so that half its frames arrive broken; garbage is
    a wrong speed.
    """

    config: BadgeReaderOptions

    def __init__(self, device: str, config: BadgeReaderOptions, world: World) -> None:
        super().__init__(device, config, world)
        self._target = f"{device}/reader"
        assert isinstance(config.reader, Rdm6300Reader | Id12laReader)  # noqa: S101 - the others have no scene yet
        self._wire = world.serial(config.reader.port)
        self._format = format_of(config.reader)
        self._random = Random(device)  # noqa: S311 - visitors, not secrets
        world.offer(self._target)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._plug(), name=f"scene of {self.device}: its plug")
            group.create_task(self._visits(), name=f"scene of {self.device}: members")

    async def _plug(self) -> None:
        while True:
            if self.world.fault(self._target) is Fault.UNPLUG:
                self._wire.unplug()
            else:
                self._wire.plug()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _visits(self) -> None:
        await asyncio.sleep(FIRST_AFTER_S)
        while True:
            await self.hold(self._random.choice(MEMBERS), self._random.uniform(*HELD_S))
            await asyncio.sleep(self._random.uniform(*NOBODY_S))

    async def hold(self, card: Card, held_s: float) -> None:
        """Hold a card to the reader, which says it once or again and again, as its kind does."""
        frames = 1 if self._format is FrameFormat.ID_12LA else max(round(held_s / FRAME_EVERY_S), 1)
        for _ in range(frames):
            self._wire.send(self._heard(frame_of(card, self._format)))
            await asyncio.sleep(FRAME_EVERY_S)

    def _heard(self, frame: bytes) -> bytes:
        """What of a frame reaches the Pi."""
        match self.world.fault(self._target):
            case Fault.HANG:
                return b""
            case Fault.GARBAGE:
                return self._random.randbytes(len(frame)).replace(bytes([START]), b"\xff")
            case Fault.DRIFT if self._random.random() < 0.5:
                return frame[: self._random.randrange(1, len(frame))]
            case _:
                return frame
