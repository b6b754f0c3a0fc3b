"""Members at a simulated badge reader: they come, hold their card to it, and go."""

import asyncio
import time
from dataclasses import replace
from random import Random

from devices.access.card import Card
from devices.access.options import BadgeReaderOptions, OsdpReader
from devices.access.scenery.kinds import simulated_reader_of
from devices.board.scene import Scene
from devices.board.world import Fault, World

FACILITY = 0xA1
MEMBERS = tuple(Card.numbered(FACILITY << 16 | number) for number in (1717, 2026, 14789, 27885, 40404, 61235))
"""The cards of the simulated lab's members. Their numbers have 24 bits, so that they are the same at every reader."""
STRANGER = Card.numbered(FACILITY << 16 | 404)
"""A card that belongs to nobody."""
STRANGERS = 0.1
"""How many of those who come hold it."""
FIRST_AFTER_S = 4.0
NOBODY_S = (15.0, 45.0)
"""How long nobody comes."""
HELD_S = (0.3, 1.2)
"""How long a card is held to the reader."""
LOOK_EVERY_S = 0.2
"""How soon a fault is seen."""
WALK_S = 6.0
"""A member needs so long from one reader to another: else the lab would take the badge for a copy."""
_seen_s: dict[Card, float] = {}
"""When each member was last at a reader of any Pi that is simulated here, monotonic."""


class BadgeReaderScene(Scene):
    """Offers the reader as a target for faults, `<device>/reader`: see `SimulatedReader` for what they do."""

    config: BadgeReaderOptions

    def __init__(self, device: str, config: BadgeReaderOptions, world: World) -> None:
        super().__init__(device, config, world)
        self._target = f"{device}/reader"
        self._random = Random(device)  # noqa: S311 - visitors, not secrets
        self._reader = simulated_reader_of(config.reader, world, self._random, self._fault)
        world.offer(self._target)

    @classmethod
    def quickened(cls, config: BadgeReaderOptions) -> BadgeReaderOptions:
        """The real lab's key is not on this machine, and a simulated OSDP reader comes from its factory."""
        reader = config.reader
        installed = replace(reader, install=True) if isinstance(reader, OsdpReader) else reader
        return replace(config, reader=installed, key_file=None)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._reader.run(), name=f"scene of {self.device}: its reader")
            group.create_task(self._plug(), name=f"scene of {self.device}: its plug")
            group.create_task(self._visits(), name=f"scene of {self.device}: members")

    def _fault(self) -> Fault | None:
        return self.world.fault(self._target)

    async def _plug(self) -> None:
        while True:
            if self._fault() is Fault.UNPLUG:
                self._reader.unplug()
            else:
                self._reader.plug()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _visits(self) -> None:
        await asyncio.sleep(FIRST_AFTER_S)
        while True:
            await self.hold(self._whoever_comes(), self._random.uniform(*HELD_S))
            await asyncio.sleep(self._random.uniform(*NOBODY_S))

    def _whoever_comes(self) -> Card:
        if self._random.random() < STRANGERS:
            return STRANGER
        now_s = time.monotonic()
        free = [card for card in MEMBERS if now_s - _seen_s.get(card, -WALK_S) >= WALK_S] or MEMBERS
        card = self._random.choice(free)
        _seen_s[card] = now_s
        return card

    async def hold(self, card: Card, held_s: float) -> None:
        """Hold a card to the reader, which says it once or again and again, as its kind does."""
        await self._reader.hold(card, held_s)
