"""Children at a simulated cabinet: they come, pay, play alone or together, and go when the game hears them no more."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from random import Random

from devices.arcade.buttons import Button
from devices.arcade.options import CabinetOptions, Switches
from devices.arcade.scenery.child import Child
from devices.arcade.scenery.menu import Menu, games_of
from devices.arcade.scenery.retroarch import PlayedRetroArch, free_port
from devices.arcade.scenery.slot import Slot
from devices.arcade.scenery.switch import Switch
from devices.arcade.scenery.visits import Visits
from devices.board.scene import Scene
from devices.board.world import World
from devices.errors import LineBusy

log = logging.getLogger(__name__)

QUICK_S: Mapping[str, float] = {
    "turn": 30.0,
    "turn_when_others_wait": 20.0,
    "together": 10.0,
    "warning": 10.0,
    "grace": 6.0,
    "claim": 15.0,
    "idle": 12.0,
}
"""The most that each takes of a turn while somebody watches a demonstration."""
STEP_EVERY_S = 0.2
RETRY_S = 30.0
"""Until a port that was taken is tried again."""


class ArcadeScene(Scene):
    """Offers as targets for faults: each switch, `<device>/1-south`, `<device>/coin-slot` and `<device>/retroarch`."""

    config: CabinetOptions

    def __init__(self, device: str, config: CabinetOptions, world: World) -> None:
        super().__init__(device, config, world)
        self._random = Random(device)  # noqa: S311 - children, not secrets
        players = [self._wired(number, lines) for number, lines in enumerate(config.players, start=1)]
        self._switches = [switch for player in players for switch in player.values()]
        self._slot = Slot(world, f"{device}/coin-slot", config.coins, self._random) if config.coins else None
        children = [Child(player, self._random) for player in players if player]
        self._visits = Visits(children, self._slot, config.turns, self._heard, self._random)
        self.retroarch = self._played_retroarch()

    @classmethod
    def quickened(cls, config: CabinetOptions) -> CabinetOptions:
        """Turns of less than a minute, at any hour. This machine's own emulators and its volume are left alone."""
        quick = {name: min(getattr(config.turns, name), most_s) for name, most_s in QUICK_S.items()}
        retroarch = config.retroarch and replace(config.retroarch, port=free_port(config.retroarch.port))
        turns = replace(config.turns, **quick)
        return replace(config, turns=turns, opening=(), retroarch=retroarch, emulationstation=None, sound=None)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._steps(), name=f"scene of {self.device}: what is broken")
            group.create_task(self._visits.run(), name=f"scene of {self.device}: children")
            if self.retroarch:
                games = games_of(self.config.profiles.values())
                menu = Menu(self.retroarch, games, self._heard, self._random)
                group.create_task(self._emulator(self.retroarch), name=f"scene of {self.device}: RetroArch")
                group.create_task(menu.run(), name=f"scene of {self.device}: games")

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

    def _heard(self) -> int:
        """How many presses of keys games have seen on this Pi."""
        return sum(sum(seen.presses.values()) for seen in self.world.game_inputs)
