"""Credits as a ledger: a coin is on disk before anybody acts on it, and no entry counts twice.

A power cut loses at most the coin that is just being written, and doubles none. While the disk is full or broken, what
is entered counts in memory, for the player, and is written as soon as that is possible; `trouble` says so.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Self, TypeVar
from uuid import uuid4

from devices.arcade.coins.ledger_file import Added, Entry, Kind, LedgerFile, Totals
from devices.board.blocking import BlockingCalls
from devices.board.sqlite_file import PRIMARY_CODE, DamagedFile
from devices.errors import NoReply, StorageFull

log = logging.getLogger(__name__)

WITHIN_S = 10.0
"""An SD card can take seconds for a commit; longer means that it hangs."""
IN_MEMORY_MOST = 10_000
"""Entries that can wait for the disk."""

Result = TypeVar("Result")


class Ledger:
    """The credits of one cabinet, in `folder`. Use inside `async with`; it opens whatever the disk is like.

    Its numbers are those of all entries, on disk or not yet. Entries are written one after the other.
    """

    def __init__(self, folder: Path) -> None:
        self.trouble = ""
        """Why entries are in memory only, and what to do; empty while all is on disk."""
        self.damage = ""
        """What happened to a damaged file, if one was found."""
        self.on_change: Callable[[], None] = lambda: None
        """Called when there is trouble or damage, and when it is over."""
        self._path = folder / "coins.sqlite"
        self._file = LedgerFile(self._path)
        self._calls = BlockingCalls()
        self._one_at_a_time = asyncio.Lock()
        self._saved = Totals()
        self._unsaved: dict[tuple[Kind, str], Entry] = {}

    async def __aenter__(self) -> Self:
        await self.save()
        return self

    async def __aexit__(self, *_: object) -> None:
        async with self._one_at_a_time:
            try:
                await self._in_thread(LedgerFile.close)
            except (sqlite3.Error, NoReply) as error:
                log.warning("%s: %s", self._path, error)

    @property
    def balance(self) -> int:
        """Credits that can be spent."""
        return self._saved.credits + sum(entry.credits for entry in self._unsaved.values())

    @property
    def pulses(self) -> int:
        """Pulses that are owed to the game."""
        return self._saved.pulses + sum(entry.pulses for entry in self._unsaved.values())

    async def insert(self, coin_id: str, credits: int, *, pulses: int = 0) -> bool:  # noqa: A002 - the word of the trade
        """A coin was taken; `pulses` of it are owed to the game. False if this coin is known already.

        Raises:
            StorageFull: too much waits in memory for a disk that does not work; the coin does not count.
        """
        async with self._one_at_a_time:
            return await self._enter(Entry(Kind.COIN, coin_id, credits, pulses))

    async def grant(self, grant_id: str, credits: int) -> bool:  # noqa: A002 - likewise
        """A technician gives credits; otherwise as `insert`."""
        async with self._one_at_a_time:
            return await self._enter(Entry(Kind.GRANT, grant_id, credits))

    async def spend(self, turn_id: str, credits: int) -> bool:  # noqa: A002 - likewise
        """Pay a turn, once however often it is asked. False: there are not enough credits.

        Raises:
            StorageFull: as in `insert`.
        """
        async with self._one_at_a_time:
            if self.balance < credits:
                return await self._find(Kind.TURN, turn_id) is not None
            await self._enter(Entry(Kind.TURN, turn_id, -credits))
            return True

    async def refund(self, turn_id: str) -> bool:
        """Give back what was paid for a turn. False: it was not paid, or given back before.

        Raises:
            StorageFull: as in `insert`.
        """
        async with self._one_at_a_time:
            turn = await self._find(Kind.TURN, turn_id)
            return turn is not None and await self._enter(Entry(Kind.REFUND, turn_id, -turn.credits))

    async def take_pulses(self, most: int = 1) -> int:
        """How many pulses the game is to get now, at most once each: they are marked as given before this returns.

        None while the disk does not work: unmarked, they would come again after a power cut.
        """
        async with self._one_at_a_time:
            if self.trouble or not (count := min(most, self.pulses)):
                return 0
            given = Entry(Kind.PULSES, uuid4().hex, pulses=-count)
            await self._enter(given)
            return 0 if self._unsaved.pop((given.kind, given.id), None) else count

    async def save(self) -> bool:
        """Write what is in memory only, if anything; whether all is on disk."""
        async with self._one_at_a_time:
            await self._save()
            return not self.trouble

    async def _enter(self, entry: Entry) -> bool:
        """From here on it counts; whether it was new."""
        if (entry.kind, entry.id) in self._unsaved:
            return False
        if len(self._unsaved) >= IN_MEMORY_MOST:
            raise StorageFull(f"{IN_MEMORY_MOST} entries of the ledger wait for the disk: {self.trouble}")
        self._unsaved[entry.kind, entry.id] = entry
        return await self._save()

    async def _save(self) -> bool:
        """Whether the newest entry was new, as far as is known."""
        try:
            try:
                added = await self._in_thread(self._add_unsaved())
            except DamagedFile as error:
                self._carry_over(error)
                added = await self._in_thread(self._add_unsaved())
        except (sqlite3.Error, OSError) as error:
            self._say_trouble(error)
            return True
        self._saved = added.totals
        self._unsaved.clear()
        self._say_well()
        return added.new

    def _add_unsaved(self) -> Callable[[LedgerFile], Added]:
        entries = tuple(self._unsaved.values())
        return lambda file: file.add(entries)

    def _carry_over(self, error: DamagedFile) -> None:
        """A new file is begun, with the credits that are known."""
        left = Entry(Kind.CARRIED, uuid4().hex, self._saved.credits, self._saved.pulses)
        self._unsaved = {(left.kind, left.id): left, **self._unsaved}
        self._saved = Totals()
        self.damage = (
            f"the ledger of coins was damaged: {error}; {self.balance} credits are known, "
            "give back others with the action `credit`, and check the SD card"
        )
        log.error("%s", self.damage)
        self.on_change()

    async def _find(self, kind: Kind, entry_id: str) -> Entry | None:
        if unsaved := self._unsaved.get((kind, entry_id)):
            return unsaved
        try:
            return await self._in_thread(lambda file: file.find(kind, entry_id))
        except DamagedFile as error:
            self._carry_over(error)
        except (sqlite3.Error, OSError) as error:
            self._say_trouble(error)
        return None

    async def _in_thread(self, work: Callable[[LedgerFile], Result]) -> Result:
        """A call that has begun is not abandoned: cancellation waits for it."""
        calling = self._calls.run(str(self._path), lambda: work(self._file), deadline_s=WITHIN_S)
        running = asyncio.create_task(calling, name="ledger of coins: disk")
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise

    def _say_trouble(self, error: Exception) -> None:
        full = getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE == sqlite3.SQLITE_FULL
        what = "the disk is full: free some space" if full else f"{error}: check the SD card, or exchange it"
        trouble = f"credits are in memory only, {what} ({self._path})"
        if not self.trouble:
            log.error("%s", trouble)
        self.trouble = trouble
        self.on_change()

    def _say_well(self) -> None:
        if self.trouble:
            log.info("the ledger of coins is on disk again")
            self.trouble = ""
            self.on_change()
