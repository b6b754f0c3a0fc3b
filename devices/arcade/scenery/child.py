"""How a child plays: joystick and buttons, quick and clumsy, with a look at the screen now and then."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from random import Random

from devices.arcade.buttons import DIRECTIONS, Button
from devices.arcade.scenery.switch import Switch

ACTIONS = (Button.SOUTH, Button.EAST, Button.NORTH, Button.WEST, Button.L1, Button.R1, Button.L2, Button.R2)
TAP_S = (0.04, 0.18)
PUSH_S = (0.12, 0.7)
"""How long a button and the joystick are held."""
REST_S = (0.05, 0.4)
LOOKS_UP = 0.06
LOOKS_UP_S = (0.8, 2.5)
"""After some moves a child only watches, or shouts to a friend."""
TAPS_MOST = 4


class Child:
    """Stands at the switches of one player, of which there is one at least."""

    def __init__(self, switches: Mapping[Button, Switch], random: Random) -> None:
        self._random = random
        self._pushes = [switches[each] for each in sorted(DIRECTIONS) if each in switches]
        self._buttons = [switches[each] for each in ACTIONS if each in switches]
        self._tried = self._buttons or self._pushes or [*switches.values()]
        self._start = switches.get(Button.START) or self._any(self._tried)

    async def press_start(self) -> None:
        """Or whatever looks like it."""
        await self._start.press(self._random.uniform(*TAP_S))

    async def try_a_button(self) -> None:
        """And see what happens."""
        await self._any(self._tried).press(self._random.uniform(*TAP_S))
        await asyncio.sleep(self._random.uniform(*REST_S))

    async def play(self, wants: Callable[[], bool]) -> None:
        """So long as it `wants`."""
        while wants():
            await self._move()
            await asyncio.sleep(self._random.uniform(*REST_S))
            if self._random.random() < LOOKS_UP:
                await asyncio.sleep(self._random.uniform(*LOOKS_UP_S))

    async def _move(self) -> None:
        """Both hands at once."""
        async with asyncio.TaskGroup() as hands:
            if self._pushes:
                hands.create_task(self._push(), name="left hand")
            if self._buttons:
                hands.create_task(self._tap(), name="right hand")

    async def _push(self) -> None:
        await self._any(self._pushes).press(self._random.uniform(*PUSH_S))

    async def _tap(self) -> None:
        button = self._any(self._buttons)
        for _ in range(self._random.randint(0, TAPS_MOST)):
            await button.press(self._random.uniform(*TAP_S))
            await asyncio.sleep(self._random.uniform(*TAP_S))

    def _any(self, switches: Sequence[Switch]) -> Switch:
        return self._random.choice(switches)
