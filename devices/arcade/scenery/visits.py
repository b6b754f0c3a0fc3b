"""The children of an afternoon: they come, pay, play alone or together, and go when the game hears them no more."""

import asyncio
import time
from collections.abc import Callable, Sequence
from random import Random

from devices.arcade.options import Pay, TurnRules
from devices.arcade.scenery.child import Child
from devices.arcade.scenery.slot import Slot

FIRST_AFTER_S = 3.0
"""When the first child comes."""
NOBODY_IDLES = (0.4, 2.0)
"""How long nobody is there, in the times after which a turn ends by itself."""
STAYS_TURNS = (0.4, 1.4)
"""How long a child wants to play, in the turns that it has paid for."""
ATTEMPTS = 3
"""How often a child tries before it gives up."""
COIN_COUNTS_S = 0.8
"""A child waits so long for its coin to be counted."""
TRIES = 6
"""Buttons that a child tries after START until it sees that nothing happens."""
PATIENCE_S = 5.0
"""How long a child goes on although the game does not hear it."""
COMPANY, COMES_AFTER_S = 0.6, (3.0, 8.0)
"""Share of the visits in which a friend joins in, and when."""
PAYS_TOO = 0.5
"""Share of the friends that bring a coin."""


class Visits:
    """One visit after the other. `heard` says how many presses games have seen."""

    def __init__(
        self, children: Sequence[Child], slot: Slot | None, rules: TurnRules, heard: Callable[[], int], random: Random
    ) -> None:
        self._children = children
        self._slot = slot if rules.pay is Pay.COINS else None
        self._rules = rules
        self._heard = heard
        self._random = random

    async def run(self) -> None:
        """Until cancelled; nobody comes where there is nothing to press."""
        if not self._children:
            return
        await asyncio.sleep(FIRST_AFTER_S)
        while True:
            await self._visit()
            await asyncio.sleep(self._rules.idle * self._random.uniform(*NOBODY_IDLES))

    async def _visit(self) -> None:
        """A child, and sometimes a friend."""
        first, *others = self._children
        turns = await self._begins(first)
        if not turns:
            return
        wants = self._wanting(turns * self._rules.turn * self._random.uniform(*STAYS_TURNS))
        async with asyncio.TaskGroup() as group:
            group.create_task(first.play(wants), name="a child at the cabinet")
            for friend in others:
                if self._random.random() < COMPANY:
                    group.create_task(self._join(friend, wants), name="a friend at the cabinet")

    async def _begins(self, child: Child) -> int:
        """The turns that it has paid for when the game hears it; 0 if it gives up."""
        turns = 0
        for _ in range(ATTEMPTS):
            turns += await self._pay()
            await child.press_start()
            before = self._heard()
            for _ in range(TRIES):
                await child.try_a_button()
                if self._heard() != before:
                    return turns or 1
        return 0

    async def _join(self, friend: Child, wants: Callable[[], bool]) -> None:
        await asyncio.sleep(self._random.uniform(*COMES_AFTER_S))
        if self._random.random() < PAYS_TOO:
            await self._pay()
        await friend.press_start()
        await friend.play(wants)

    async def _pay(self) -> int:
        """One coin, where play costs some: the turns that it is worth."""
        if self._slot is None:
            return 0
        worth = await self._slot.insert()
        await asyncio.sleep(COIN_COUNTS_S)
        return worth or 0

    def _wanting(self, stays_s: float) -> Callable[[], bool]:
        """Until it is time to go home, or the game has heard nobody for a while: the turn is over."""
        leaves_s = time.monotonic() + stays_s
        heard, heard_s = self._heard(), time.monotonic()

        def wants() -> bool:
            nonlocal heard, heard_s
            if (now := self._heard()) != heard:
                heard, heard_s = now, time.monotonic()
            return time.monotonic() < min(leaves_s, heard_s + PATIENCE_S)

        return wants
