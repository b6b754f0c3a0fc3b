"""The last counter of each tag, on the disk before the tag is believed: no loss of power lets a message pass twice.

All readers of a Pi share them.
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TypeVar

from devices.access.sun import counter_table
from devices.access.sun.counter_table import Accepted, Seen
from devices.board.blocking import BlockingCalls
from devices.board.board import Board
from devices.board.clock import Moment
from devices.board.sqlite_file import DamagedFile, SqliteFile
from devices.errors import NoReply, StorageFull

log = logging.getLogger(__name__)

SHARED_FOLDER = "sun.counters"
"""In the place of a device's folder, with a name that no device can have."""
WITHIN_S = 2.0

Result = TypeVar("Result")
Work = Callable[[sqlite3.Connection], Result]


class Counters:
    """The counters of one Pi. Calls may come from several readers at once; the first of two equal ones wins.

    Each raises StorageFull if the disk is full or does not answer.
    """

    def __init__(self, path: Path) -> None:
        self.problem = ""
        """What a technician should know."""
        self._file = SqliteFile(path, counter_table.SCHEMA, counter_table.VERSION)
        self._calls = BlockingCalls()
        self._one_at_a_time = Lock()
        self._accepted = 0
        self._grown = asyncio.Condition()

    async def seen_here(self, reader: str, credential: str, counter: int, at: Moment) -> Seen:
        """Whether a tag's counter has risen; then it is on the disk."""
        work = partial(counter_table.see_here, reader=reader, credential=credential, counter=counter, at=at)
        seen = await self._in_thread(work)
        if seen is Seen.RISEN:
            self._accepted += 1
            async with self._grown:
                self._grown.notify_all()
        return seen

    async def seen_elsewhere(self, reader: str, credential: str, counter: int) -> Accepted | None:
        """`reader` has let a tag pass: what another one here let pass of the same tag last, if anything."""
        work = partial(counter_table.see_elsewhere, reader=reader, credential=credential, counter=counter)
        return await self._in_thread(work)

    async def in_both(self, reader: str, digests: Collection[str]) -> Sequence[Accepted]:
        """What `reader`, by what it tells, and another one here both let pass; each of it is given once."""
        return await self._in_thread(partial(counter_table.in_both, reader=reader, digests=digests))

    async def recents(self, reader: str) -> AsyncIterator[Sequence[str]]:
        """The digests of what one of our readers let pass last; again when there are more."""
        told = -1
        while True:
            told = await self._more_than(told)
            yield await self._in_thread(partial(counter_table.recent, reader=reader))

    async def _more_than(self, told: int) -> int:
        async with self._grown:
            await self._grown.wait_for(lambda: self._accepted != told)
            return self._accepted

    async def close(self) -> None:
        with suppress(NoReply):  # then it hangs already, and its thread is left behind
            await self._calls.run("closing the counters of tags", self._close, deadline_s=WITHIN_S)

    def _close(self) -> None:
        with self._one_at_a_time:
            self._file.close()

    async def _in_thread(self, work: Work[Result]) -> Result:
        try:
            return await self._calls.run("the counters of tags", partial(self._transaction, work), deadline_s=WITHIN_S)
        except (sqlite3.Error, OSError, NoReply) as error:
            what = f"the counters of tags cannot be stored ({error}): free some space, check the SD card"
            raise StorageFull(what) from error

    def _transaction(self, work: Work[Result]) -> Result:
        with self._one_at_a_time:
            try:
                with self._file.transaction() as db:
                    return work(db)
            except DamagedFile as error:
                self.problem = (
                    f"the counters of tags were damaged ({error}): every tag must be shown twice, once; "
                    "check the SD card"
                )
                log.error("%s", self.problem)  # noqa: TRY400 - whoever reads it needs no traceback
                with self._file.transaction() as db:
                    counter_table.note_damage(db)
                    return work(db)


_open: dict[Path, tuple[Counters, int]] = {}
"""By their files, with how many readers use each."""


@asynccontextmanager
async def counters_of(board: Board) -> AsyncIterator[Counters]:
    """The counters of this Pi, which its readers share.

    Raises:
        HardwareMissing: their folder cannot be made.
    """
    path = board.folder(SHARED_FOLDER) / "counters.db"
    counters, users = _open[path] if path in _open else (Counters(path), 0)
    _open[path] = counters, users + 1
    try:
        yield counters
    finally:
        counters, users = _open.pop(path)
        if users > 1:
            _open[path] = counters, users - 1
        else:
            await counters.close()
