"""A cabinet between being started and being cancelled: what happens at one part is told to the others here."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from typing import TypeAlias

from devices.arcade.attendant import Attendant
from devices.arcade.buttons import Button, Shortcut
from devices.arcade.coins.ledger import Ledger
from devices.arcade.commands import Commands
from devices.arcade.errands import Errands
from devices.arcade.games.games import Games
from devices.arcade.games.words import words
from devices.arcade.input.owner import Controls, Press
from devices.arcade.lights import patterns
from devices.arcade.lights.show import LightShow
from devices.arcade.loudness import Loudness
from devices.arcade.message_board import Message, MessageBoard
from devices.arcade.options import CabinetOptions, Pay, Profile
from devices.arcade.panel.profiles import Profiles
from devices.arcade.panel.tester import InputTester
from devices.arcade.problems import Problems
from devices.arcade.reports import Reports
from devices.arcade.till import Till
from devices.arcade.turns.memory import Memory
from devices.arcade.turns.situation import Phase
from devices.arcade.turns.statistics import Statistics
from devices.board.board import Board
from devices.device import Event, Port
from devices.errors import AlcolabError

TRY_AGAIN_S = 10.0
"""A part that the cabinet can do without is tried again so much later."""

SOUND = "sound"

Work: TypeAlias = Callable[[], Coroutine[None, None, None]]


class RunningCabinet:
    """Is given the parts that are always there: ledger, switches and lamps. The others come and go by themselves."""

    def __init__(
        self, options: CabinetOptions, board: Board, port: Port, *, ledger: Ledger, switches: Controls, lamps: LightShow
    ) -> None:
        folder = board.folder(port.device)
        self._options = options
        self._port = port
        self._ledger = ledger
        self._switches = switches
        self._lamps = lamps
        self._problems = Problems(port)
        self._reports = Reports(port, self._problems)
        self._errands = Errands(port.device)
        self._games = Games(options.retroarch, options.emulationstation)
        self._screen = MessageBoard(port, also=self._say_in_the_game)
        self._loudness = Loudness(options.sound) if options.sound else None
        self._statistics = Statistics(folder, board.clock, self._statistics_damaged)
        self._profiles = Profiles(options, folder, self._problems)
        self._tester = InputTester(options, folder, port, self._problems, switches)
        self._attendant = Attendant(
            options,
            port,
            self._problems,
            memory=Memory(folder, board.clock),
            ledger=ledger,
            statistics=self._statistics,
            games=self._games,
            reports=self._reports,
            screen=self._screen,
            on_admit=switches.admit,
            on_change=self._turn_changed,
        )
        self._till = (
            None
            if options.coins is None
            else Till(
                options.coins,
                board,
                ledger,
                switches,
                reports=self._reports,
                problems=self._problems,
                screen=self._screen,
                on_coin=self._balance_changed,
            )
        )
        self._commands = Commands(
            attendant=self._attendant,
            ledger=ledger,
            profiles=self._profiles,
            tester=self._tester,
            lamps=lamps,
            errands=self._errands,
            use_profile=self._use_profile,
        )
        self._profile = options.profiles["default"]
        """What the switches are understood by now."""
        self._busy = False
        self._while_somebody_plays = ExitStack()

    async def run(self) -> None:
        """Serve players until cancelled.

        Raises:
            DeviceOffline: the switches have gone.
        """
        for part, problem in self._lamps.problems.items():
            self._problems.found(part, problem)
        self._switches.admit(0)  # until it is known whose turn it is
        await self._profiles.load()
        await self._tester.load()
        await self._attendant.resume()
        self._show_game()
        self._commands.serve(self._port)
        self._port.online()
        try:
            async with asyncio.TaskGroup() as tasks:
                for name, work in self._work():
                    tasks.create_task(work(), name=f"{self._port.device}: {name}")
        finally:
            self._while_somebody_plays.close()
            self._screen.close()
            with suppress(AlcolabError):  # what it has counted is on the disk, whatever that does now
                await self._statistics.close()

    def _work(self) -> Iterator[tuple[str, Work]]:
        yield "switches", self._follow_switches
        yield "turns", self._attendant.run
        yield "tester", self._tester.run
        yield "reports", self._reports.run
        yield "errands", self._errands.run
        if self._games.known:
            yield "games", partial(self._keep, "games", partial(self._games.run, self._game_changed))
        if self._till:
            yield "coin slot", partial(self._keep, "coin slot", self._till.take_coins)
            yield "coins for the game", self._till.give_pulses
        if self._loudness:
            yield "sound", partial(self._keep, SOUND, partial(self._loudness.run, partial(self._problems.over, SOUND)))
        if self._options.badges:
            yield "badges", self._hear_badges

    async def _keep(self, part: str, work: Work) -> None:
        """Keep a part working that the cabinet can do without."""
        while True:
            try:
                await work()
            except* AlcolabError as errors:
                self._problems.found(part, "; ".join(str(error) for error in errors.exceptions))
            await asyncio.sleep(TRY_AGAIN_S)

    async def _follow_switches(self) -> None:
        async for batch in self._switches:
            for happened in batch:
                match happened:
                    case Press():
                        self._pressed(happened)
                    case _:
                        self._errands.do(partial(self._take_shortcut, happened.shortcut))

    def _pressed(self, press: Press) -> None:
        self._lamps.press(press.player, press.button, press.pressed)
        self._tester.press(press)
        if press.pressed:
            is_start = press.button is Button.START
            self._attendant.tell(lambda turns, now_s: turns.press(press.player, now_s, start=is_start))

    async def _take_shortcut(self, shortcut: Shortcut) -> None:
        match shortcut:
            case Shortcut.EXIT:
                await self._games.save_and_close()
            case Shortcut.SAVE if await self._games.save():
                self._screen.for_a_moment("saved")
            case Shortcut.LOUDER if self._loudness:
                await self._loudness.louder()
            case Shortcut.QUIETER if self._loudness:
                await self._loudness.quieter()

    async def _hear_badges(self) -> None:
        async with self._port.hear(str(self._options.badges)) as news:
            async for message in news:
                match message:
                    case Event(kind="badge", data={"credential": str(credential)}):
                        self._badge_shown(credential)

    def _say_in_the_game(self, message: Message) -> None:
        kind, _, seconds = message
        if self._games.playing is not None and (line := words(kind, seconds)) is not None:
            self._errands.do(partial(self._games.say, line))

    def _badge_shown(self, credential: str) -> None:
        self._attendant.tell(lambda turns, now_s: turns.badge(credential, now_s))

    # What follows from what has changed

    def _balance_changed(self) -> None:
        self._attendant.tell(lambda turns, now_s: turns.balance(self._ledger.balance, now_s))

    def _game_changed(self) -> None:
        self._show_game()
        self._problems.are("games", self._games.problem)
        name = None if self._games.playing is None else self._games.playing.name
        self._attendant.tell(lambda turns, now_s: turns.game(name, now_s))

    def _show_game(self) -> None:
        game = self._games.playing
        self._port.state("game", None if game is None else {"name": game.name, "system": game.system})
        self._use_profile(self._profiles.for_game(None if game is None else game.name))
        if self._till:
            self._till.game(game is not None or not self._games.known)

    def _use_profile(self, profile: Profile) -> None:
        if profile != self._profile:
            self._profile = profile
            self._switches.apply(profile)
        self._port.state("controls", self._profiles.state())

    def _turn_changed(self) -> None:
        situation, house = self._attendant.turns.situation, self._attendant.now
        playing = situation.turn is not None
        if playing is not self._busy:
            self._busy = playing
            self._while_somebody_plays.close()
            if playing:
                self._while_somebody_plays.enter_context(self._port.busy("somebody plays"))
        self._lamps.show(self._mood())
        if self._loudness:
            self._loudness.house(quiet=house.quiet, playing=playing)
        if self._till:
            self._till.accept(self._options.turns.pay is Pay.COINS and house.is_open)

    def _mood(self) -> patterns.Mood:
        situation = self._attendant.turns.situation
        everybody = frozenset(range(1, situation.players_at_most + 1))
        coins = self._options.turns.pay is Pay.COINS
        return patterns.Mood(
            phase=self._light_phase(),
            coin_awaited=coins and situation.phase in {Phase.FREE, Phase.CALLING} and not situation.credits,
            credits=situation.credits,
            may_start=everybody if situation.phase in {Phase.FREE, Phase.CALLING} else frozenset(),
            playing=frozenset(situation.turn.players) if situation.turn else frozenset(),
            quiet=self._attendant.now.quiet,
        )

    def _light_phase(self) -> patterns.Phase:
        match self._attendant.turns.situation.phase:
            case Phase.CLOSED:
                return patterns.Phase.CLOSED
            case Phase.GRACE:
                return patterns.Phase.ENDING
            case Phase.PLAYING:
                return patterns.Phase.ENDING if self._attendant.ends_soon else patterns.Phase.PLAYING
        return patterns.Phase.IDLE

    def _statistics_damaged(self, why: str) -> None:
        self._reports.tell("alarm", {"what": "statistics", "why": why})
