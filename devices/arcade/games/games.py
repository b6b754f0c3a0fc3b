"""The games of one cabinet, whichever emulators it has."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from devices.arcade.games.emulationstation import EmulationStation
from devices.arcade.games.game import Game
from devices.arcade.games.retroarch import RetroArch
from devices.arcade.games.script_events import script_events
from devices.arcade.options import EmulationStationOptions, RetroArchOptions
from devices.board.blocking import BlockingCalls
from devices.errors import AlcolabError

LOOK_EVERY_S = 2.0


class Games:
    """Knows which game runs, and asks RetroArch first: it alone can save."""

    def __init__(self, retroarch: RetroArchOptions | None, station: EmulationStationOptions | None) -> None:
        self.playing: Game | None = None
        self.problem: str | None = None
        """Why an emulator cannot be asked, for a technician."""
        calls = BlockingCalls()
        self._retroarch = RetroArch(retroarch.port, calls) if retroarch else None
        self._station = EmulationStation(station.port, calls) if station and station.port else None
        self._scripts_port = station.events if station else None
        self._started: Game | None = None
        """What EmulationStation said last, or its scripts."""
        self._emulated: Game | None = None
        """What RetroArch said last."""
        self._changed: Callable[[], None] = lambda: None

    @property
    def known(self) -> bool:
        """Whether anybody can say which game runs."""
        return bool(self._retroarch or self._station or self._scripts_port)

    async def run(self, changed: Callable[[], None]) -> None:
        """Watch until cancelled; `changed` is called at first, and whenever `playing` or `problem` is another."""
        self._changed = changed
        async with AsyncExitStack() as stack:
            if self._scripts_port:
                await stack.enter_async_context(script_events(self._scripts_port, self._script_said))
            await self._look()
            changed()
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                await self._look()

    async def say(self, text: str) -> None:
        """Show a line on the emulator's own screen, as well as it can."""
        if self._retroarch:
            await self._try(self._retroarch.say(text))
        if self._station:
            await self._try(self._station.say(text))

    async def save(self) -> bool:
        """Save the game's state; whether that was seen to happen."""
        return bool(await self._try(self._retroarch.save())) if self._retroarch else False

    async def save_and_close(self) -> bool:
        """Save what can be saved and end the game; whether it was saved."""
        saved = await self._try(self._retroarch.save_and_close()) if self._retroarch else None
        await self._look()
        if self.playing and self._station:
            await self._try(self._station.end_game())
            await self._look()
        return bool(saved)

    def _script_said(self, game: Game | None) -> None:
        self._started = game
        self._became(game, self.problem)

    async def _look(self) -> None:
        """Each emulator is asked apart: that one hangs says nothing of the other, nor that its own game has ended."""
        problems: list[str] = []
        if self._station:
            self._started = await _answer(self._station.running_game(), self._started, problems)
        if self._retroarch:
            self._emulated = await _answer(self._retroarch.running_game(), self._emulated, problems)
        self._became(self._emulated or self._started, "; ".join(problems) or None)

    def _became(self, game: Game | None, problem: str | None) -> None:
        if (game, problem) != (self.playing, self.problem):
            self.playing, self.problem = game, problem
            self._changed()

    async def _try(self, asked: Awaitable[bool | None]) -> bool | None:
        """Its answer; None if there is none, which is said as the problem."""
        try:
            return await asked
        except AlcolabError as error:
            self._became(self.playing, str(error))
            return None


async def _answer(asked: Awaitable[Game | None], before: Game | None, problems: list[str]) -> Game | None:
    try:
        return await asked
    except AlcolabError as error:
        problems.append(str(error))
        return before
