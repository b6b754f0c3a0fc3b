"""Children at a simulated cabinet: they come, pay, play alone or together, and go when the game hears them no more."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from random import Random

from devices.arcade.buttons import Button
from devices.arcade.options import CabinetOptions, Pay, Switches
from devices.arcade.scenery.child import Child
from devices.arcade.scenery.retroarch import PlayedRetroArch, free_port
from devices.arcade.scenery.slot import Slot
from devices.arcade.scenery.switch import Switch
from devices.board.scene import Scene
from devices.board.world import World
from devices.errors import LineBusy

log = logging.getLogger(__name__)

QUICK_S: Mapping[str, float] = {
    "turn": 45.0,
    "turn_when_others_wait": 30.0,
    "together": 15.0,
    "warning": 10.0,
    "grace": 8.0,
    "claim": 15.0,
    "idle": 15.0,
}
"""The most that each takes of a turn while somebody watches a demonstration."""
STEP_EVERY_S = 0.2
RETRY_S = 30.0
"""Until a port that was taken is tried again."""
ATTEMPTS = 3
"""How often a child tries before it gives up."""
COIN_COUNTS_S = 0.8
"""A child waits so long for its coin to be counted."""
HEARD_WITHIN_S = 1.5
PATIENCE_S = 5.0
"""How long a child goes on although the game does not hear it."""
STAYS_TURNS = (0.3, 1.4)
"""How long a child wants to play, in turns."""
NOBODY_TURNS = (0.1, 0.4)
"""How long nobody is there, in turns."""
COMPANY, COMES_AFTER_S = 0.6, (3.0, 8.0)
"""Share of the visits in which a friend joins in, and when."""
PAYS_TOO = 0.5
"""Share of the friends that bring a coin."""
LOOK_EVERY_S = 0.2
MENU_PRESSES = 3
"""Presses in the menu until a game begins."""
GAMES = (("Tobu Tobu Girl", "game_boy"), ("Nova the Squirrel", "nes"), ("2048", "2048"))
"""Free games."""


class ArcadeScene(Scene):
    """Offers as targets for faults: each switch, `<device>/1-south`, `<device>/coin-slot` and `<device>/retroarch`."""

    config: CabinetOptions

    def __init__(self, device: str, config: CabinetOptions, world: World) -> None:
        super().__init__(device, config, world)
        self._random = Random(device)  # noqa: S311 - children, not secrets
        players = [self._wired(number, lines) for number, lines in enumerate(config.players, start=1)]
        self._switches = [switch for player in players for switch in player.values()]
        self._children = [Child(player, self._random) for player in players]
        self._slot = Slot(world, f"{device}/coin-slot", config.coins, self._random) if config.coins else None
        self.retroarch = self._played_retroarch()

    @classmethod
    def quickened(cls, config: CabinetOptions) -> CabinetOptions:
        """Turns of less than a minute. This machine's own emulators and its volume are left alone."""
        quick = {name: min(getattr(config.turns, name), most_s) for name, most_s in QUICK_S.items()}
        retroarch = config.retroarch and replace(config.retroarch, port=free_port(config.retroarch.port))
        turns = replace(config.turns, **quick)
        return replace(config, turns=turns, retroarch=retroarch, emulationstation=None, sound=None)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._steps(), name=f"scene of {self.device}: what is broken")
            group.create_task(self._days(), name=f"scene of {self.device}: children")
            if self.retroarch:
                group.create_task(self._emulator(self.retroarch), name=f"scene of {self.device}: RetroArch")
                group.create_task(self._games(self.retroarch), name=f"scene of {self.device}: games")

    def _wired(self, player: int, lines: Switches) -> Mapping[Button, Switch]:
        return {
            button: Switch(
                self.world,
                f"{self.device}/{player}-{button}",
                line,
                active_low=self.config.active_low,
                random=self._random,
            )
            for button, line in lines.items()
        }

    def _played_retroarch(self) -> PlayedRetroArch | None:
        if not self.config.retroarch:
            return None
        target = f"{self.device}/retroarch"
        self.world.offer(target)
        states = self.world.programs / self.device / "states"
        return PlayedRetroArch(self.config.retroarch.port, states, partial(self.world.fault, target))

    async def _steps(self) -> None:
        while True:
            for switch in self._switches:
                switch.step()
            if self._slot:
                self._slot.step()
            await asyncio.sleep(STEP_EVERY_S)

    async def _emulator(self, retroarch: PlayedRetroArch) -> None:
        while True:
            try:
                await retroarch.run()
            except LineBusy as error:
                log.warning("%s: %s", self.device, error)
            await asyncio.sleep(RETRY_S)

    async def _games(self, retroarch: PlayedRetroArch) -> None:
        """In the menu, whoever presses something begins a game."""
        before = self._heard
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            heard = self._heard
            if retroarch.game is None and heard - before >= MENU_PRESSES:
                retroarch.start(*self._random.choice(GAMES))
            if retroarch.game is not None or heard < before:
                before = heard

    async def _days(self) -> None:
        while True:
            await asyncio.sleep(self._turns(NOBODY_TURNS))
            await self._visit()

    async def _visit(self) -> None:
        """A child, and sometimes a friend."""
        first, *others = self._children
        if not await self._begins(first):
            return
        wants = self._wanting(self._turns(STAYS_TURNS))
        async with asyncio.TaskGroup() as group:
            group.create_task(first.play(wants), name=f"{self.device}: a child")
            for friend in others:
                if self._random.random() < COMPANY:
                    group.create_task(self._join(friend, wants), name=f"{self.device}: a friend")

    async def _begins(self, child: Child) -> bool:
        """Whether the game hears it in the end."""
        for _ in range(ATTEMPTS):
            if self._slot and self.config.turns.pay is Pay.COINS:
                await self._slot.insert()
                await asyncio.sleep(COIN_COUNTS_S)
            before = self._heard
            await child.press_start()
            for _ in range(round(HEARD_WITHIN_S / LOOK_EVERY_S)):
                await asyncio.sleep(LOOK_EVERY_S)
                if self._heard != before:
                    return True
        return False

    async def _join(self, friend: Child, wants: Callable[[], bool]) -> None:
        await asyncio.sleep(self._random.uniform(*COMES_AFTER_S))
        if self._slot and self.config.turns.pay is Pay.COINS and self._random.random() < PAYS_TOO:
            await self._slot.insert()
        await friend.press_start()
        await friend.play(wants)

    def _wanting(self, stays_s: float) -> Callable[[], bool]:
        """Until it is time to go home, or the game has not heard anybody for a while: the turn is over."""
        leaves_s = time.monotonic() + stays_s
        heard, heard_s = self._heard, time.monotonic()

        def wants() -> bool:
            nonlocal heard, heard_s
            now_s = time.monotonic()
            if self._heard != heard:
                heard, heard_s = self._heard, now_s
            return now_s < min(leaves_s, heard_s + PATIENCE_S)

        return wants

    def _turns(self, turns: tuple[float, float]) -> float:
        """So many turns, in seconds."""
        return self._random.uniform(*turns) * self.config.turns.turn

    @property
    def _heard(self) -> int:
        """How many presses of keys games have seen on this Pi."""
        return sum(sum(seen.presses.values()) for seen in self.world.game_inputs)
