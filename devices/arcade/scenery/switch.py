"""A switch of the cabinet as a finger presses it: new, worn or broken."""

import asyncio
import time
from random import Random

from devices.arcade.scenery.contact import Contact
from devices.board.world import Fault, World

BOUNCES_NEW = (0, 0, 0, 0, 1, 1, 2)
"""How often a good switch bounces, each of these as likely as another."""
BOUNCES_MOST = 12
PRESSES_PER_BOUNCE = 3
"""A switch that wears out bounces once more after every so many presses."""
REST_NEW_S, REST_WORN_S = 0.001, 0.004
"""When it has come to rest."""
CHATTER = 0.3
"""Share of the time for which a loose switch is closed."""


class Switch:
    """One switch, which can be broken as `target`: it is stuck pressed (hang), wears out press by press (drift),
    is loose (garbage), or has lost its wire (unplug). Mended, it is a new one.
    """

    def __init__(self, world: World, target: str, line: str, *, active_low: bool, random: Random) -> None:
        self._world = world
        self._target = target
        self._random = random
        self._contact = Contact(world.pin(line), active_low=active_low, random=random)
        self._pressed = False
        self._worn_presses = 0
        world.offer(target)

    async def press(self, for_s: float) -> None:
        """A finger holds it down for so long."""
        self._pressed = True
        try:
            await self._move(True)
            await asyncio.sleep(for_s)
            await self._move(False)
        finally:
            self._pressed = False
            self.step()

    def step(self) -> None:
        """What it does by itself while no finger is on it; called now and then."""
        if not self._pressed:
            fault = self._world.fault(self._target)
            closed = fault is Fault.HANG or (fault is Fault.GARBAGE and self._random.random() < CHATTER)
            self._contact.rest(closed, time.monotonic_ns())

    async def _move(self, pressed: bool) -> None:
        fault = self._world.fault(self._target)
        closed = fault is Fault.HANG or (pressed and fault is not Fault.UNPLUG)
        if closed is self._contact.closed:
            return
        self._worn_presses = self._worn_presses + pressed if fault is Fault.DRIFT else 0
        if self._worn_presses:
            bounces = min(1 + self._worn_presses // PRESSES_PER_BOUNCE, BOUNCES_MOST)
            await self._contact.move(closed, bounces=bounces, rests_within_s=REST_WORN_S)
        else:
            await self._contact.move(closed, bounces=self._random.choice(BOUNCES_NEW), rests_within_s=REST_NEW_S)
