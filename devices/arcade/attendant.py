"""The attendant: carries out what the rules of the house decide, and tells the rules what happens."""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import TypeVar
from uuid import uuid4

from devices.arcade.coins.ledger import Ledger
from devices.arcade.games.games import Games
from devices.arcade.message_board import MessageBoard
from devices.arcade.options import CabinetOptions
from devices.arcade.problems import Problems
from devices.arcade.reports import Reports
from devices.arcade.states import States
from devices.arcade.turns.effects import Admit, Announce, Charge, Owed, SaveAndClose, SessionEnded
from devices.arcade.turns.hours import HouseHours
from devices.arcade.turns.memory import Memory, Remembered
from devices.arcade.turns.statistics import Statistics
from devices.arcade.turns.turns import BadSnapshot, Turns
from devices.board.blocking import BlockingCalls
from devices.device import Json, Port
from devices.errors import AlcolabError

DISK_WITHIN_S = 10.0
TRY_AGAIN_S = 15.0
"""What could not be carried out is tried again so much later."""
DISK = "memory of turns"

Result = TypeVar("Result")


class Attendant:
    """Of one cabinet. Everything that happens comes in by `tell`; `on_change` hears that something may be different."""

    def __init__(
        self,
        options: CabinetOptions,
        port: Port,
        problems: Problems,
        *,
        memory: Memory,
        ledger: Ledger,
        statistics: Statistics,
        games: Games,
        reports: Reports,
        screen: MessageBoard,
        on_admit: Callable[[int], None],
        on_change: Callable[[], None],
    ) -> None:
        self.hours = HouseHours(options.opening, options.quiet)
        self.now = self.hours.at(port.now())
        """Whether the house is open, and whether it is quiet."""
        self._options = options
        self._port = port
        self._problems = problems
        self._memory = memory
        self._ledger = ledger
        self._statistics = statistics
        self._games = games
        self._reports = reports
        self._screen = screen
        self._on_admit = on_admit
        self._on_change = on_change
        self._calls = BlockingCalls()
        self._turns = self._new_turns()
        self._revision = -1
        """Of the snapshot that is on the disk."""
        self._remembering = asyncio.Lock()
        self._changed = asyncio.Event()
        self._owing = asyncio.Event()
        self._states = States(port)
        self._look_at_s = time.monotonic()
        """When to look at the clock again, however much happens until then."""
        self._summed_on: date | None = date.min
        """The local date of the statistics that were said last: a new day, or a disk that failed, wants them anew."""

    @property
    def turns(self) -> Turns:
        """The rules, to be read; what happens is said by `tell`."""
        return self._turns

    @property
    def ends_soon(self) -> bool:
        """Whether the end of the turn has been announced."""
        remaining_s = self._turns.situation.remaining_s(time.monotonic())
        return remaining_s is not None and remaining_s <= self._options.turns.warning

    def tell(self, what: Callable[[Turns, float], Result]) -> Result:
        """Something happened: `what` is given the rules and the time, monotonic seconds.

        Raises:
            Refused: the rules do not allow it.
        """
        try:
            return what(self._turns, time.monotonic())
        finally:
            self._carry_out()

    async def resume(self) -> None:
        """Go on where the daemon was stopped, if that was not long ago."""
        self._turns = await self._remembered() or self._turns
        self.tell(lambda turns, now_s: turns.balance(self._ledger.balance, now_s))
        self._look_at_the_clock()
        self._on_admit(self._turns.situation.panels)
        await self._say_statistics()

    async def run(self) -> None:
        """Watch the time, and do what is owed, until cancelled; then everything is on the disk."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._watch_the_time(), name=f"{self._port.device}: time of turns")
                tasks.create_task(self._do_what_is_owed(), name=f"{self._port.device}: what turns owe")
        finally:
            await asyncio.shield(self._remember())

    def _new_turns(self) -> Turns:
        return Turns(
            self._options.turns, players=len(self._options.players), series=uuid4().hex, is_open=self.now.is_open
        )

    async def _remembered(self) -> Turns | None:
        now_s = time.monotonic()
        try:
            if (found := await self._blocking(partial(self._memory.load, self._port.now(), now_s))) is None:
                return None
            try:
                return self._restored(found, now_s)
            except BadSnapshot as error:
                await self._blocking(partial(self._memory.set_aside, str(error)))
        except OSError as error:
            self._problems.found(DISK, f"it cannot be read: {error}")
        return None

    def _restored(self, found: Remembered, now_s: float) -> Turns:
        return Turns.restore(
            self._options.turns,
            found.snapshot,
            now_s,
            players=len(self._options.players),
            balance=self._ledger.balance,
            is_open=self.now.is_open,
            age_s=found.age_s,
            powered=found.powered,
        )

    async def _remember(self) -> None:
        """Write the snapshot, if it has changed: before anything that it owes is done."""
        async with self._remembering:
            revision, now_s = self._turns.revision, time.monotonic()
            if self._revision == revision:
                return
            snapshot = self._turns.snapshot(now_s)
            try:
                await self._blocking(partial(self._memory.save, snapshot, self._port.now(), now_s))
            except OSError as error:
                self._problems.found(DISK, f"turns would be lost in a power cut, free some space: {error}")
            else:
                self._revision = revision
                self._problems.over(DISK)

    async def _blocking(self, work: Callable[[], Result]) -> Result:
        return await self._calls.run(f"{self._port.device}: turns", work, deadline_s=DISK_WITHIN_S)

    def _carry_out(self) -> None:
        for effect in self._turns.take_effects():
            match effect:
                case Admit(players):
                    self._on_admit(players)
                case Announce(kind, ticket, seconds):
                    self._screen.holds(kind, ticket, seconds)
                case _:
                    self._owing.set()
        self._states.say(self._turns.situation, self.now, time.monotonic())
        self._changed.set()
        self._on_change()

    async def _watch_the_time(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._until_something_s()):
                    await self._changed.wait()
            except TimeoutError:
                self._look_at_the_clock()
                self.tell(lambda turns, now_s: turns.tick(now_s))
                if self._summed_on != self.now.today:
                    self._owing.set()
            self._changed.clear()  # before it is written: what changes meanwhile is written, too
            await self._remember()

    def _until_something_s(self) -> float:
        now_s = time.monotonic()
        deadline_s = self._turns.next_deadline_s
        soonest_s = self._look_at_s - now_s if deadline_s is None else min(deadline_s, self._look_at_s) - now_s
        return max(min(soonest_s, self._states.look_again_s(self._turns.situation, now_s)), 0.0)

    def _look_at_the_clock(self) -> None:
        self.now = now = self.hours.at(self._port.now())
        self._look_at_s = time.monotonic() + now.look_again_s
        self.tell(lambda turns, now_s: turns.day(now.today, now_s))
        self.tell(lambda turns, now_s: turns.hours(now.is_open, now_s))

    async def _do_what_is_owed(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._owing.wait()
            self._owing.clear()
            await self._remember()
            for effect in tuple(self._turns.situation.owed.values()):
                wanted = effect.id in self._turns.situation.owed
                if wanted and not await self._done(effect):
                    loop.call_later(TRY_AGAIN_S, self._owing.set)
            if self._summed_on != self.now.today:
                await self._say_statistics()

    async def _done(self, effect: Owed) -> bool:
        """Whether it could be carried out."""
        try:
            await self._do(effect)
        except AlcolabError as error:
            self._problems.found("turns", str(error))
            return False
        self._problems.over("turns")
        self.tell(lambda turns, _: turns.done(effect.id))
        self.tell(lambda turns, now_s: turns.balance(self._ledger.balance, now_s))
        return True

    async def _do(self, effect: Owed) -> None:
        match effect:
            case Charge(credits, charge_id):
                await self._ledger.spend(charge_id, credits)
            case SaveAndClose():
                if await self._games.save_and_close():
                    self._screen.for_a_moment("saved")
            case SessionEnded():
                await self._statistics.record(effect)
                await self._say_session(effect)

    async def _say_session(self, session: SessionEnded) -> None:
        said: Mapping[str, Json] = {
            "seconds": round(session.seconds),
            "players": session.players,
            "paid": session.paid,
            "waited_s": round(session.waited_s),
            "game": session.game,
        }
        self._reports.tell("session", said)
        await self._say_statistics()

    async def _say_statistics(self) -> None:
        today = self.now.today
        try:
            self._states.are("statistics", await self._statistics.sums())
        except AlcolabError as error:
            self._problems.found("statistics", str(error))
        else:
            self._summed_on = today
            self._problems.over("statistics")
