"""The last counter of each tag, on the disk before the tag is believed: no loss of power lets a message pass twice.

All readers of a Pi share them. Tags stand there by their credentials, never by their numbers.
"""

import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from pathlib import Path
from threading import Lock
from typing import TypeVar

from devices.board.blocking import BlockingCalls
from devices.board.board import Board
from devices.board.clock import Moment, parse_rfc3339
from devices.board.sqlite_file import DamagedFile, SqliteFile
from devices.errors import NoReply, StorageFull

log = logging.getLogger(__name__)

SHARED_FOLDER = "sun.counters"
"""In the place of a device's folder, with a name that no device can have."""
WITHIN_S = 2.0
TAGS_AT_MOST = 20_000
"""What is heard of further ones is not kept; tags that prove their key here always are."""
VERSION = 1
SCHEMA = """
CREATE TABLE tag (credential BLOB PRIMARY KEY, counter INTEGER NOT NULL, here INTEGER, at TEXT) WITHOUT ROWID;
CREATE TABLE damaged (at TEXT NOT NULL);
"""
"""`counter` is the highest known, `here` the last that was accepted here, `at` when, if the clock was trusted."""

Result = TypeVar("Result")


class Seen(Enum):
    """What a counter is worth."""

    RISEN = auto()
    """It is on the disk."""
    NOT_RISEN = auto()
    UNKNOWN = auto()
    """The counters were lost, and this tag has not been seen since. This counter is on the disk: the next may rise."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A counter that was accepted here, and when (UTC); None: the clock was not trusted."""

    counter: int
    at: datetime | None


class Counters:
    """The counters of one Pi. Calls may come from several readers at once; the first of two equal ones wins."""

    def __init__(self, path: Path) -> None:
        self.problem = ""
        """What a technician should know."""
        self._file = SqliteFile(path, SCHEMA, VERSION)
        self._calls = BlockingCalls()
        self._one_at_a_time = Lock()

    async def seen_here(self, credential: str, counter: int, at: Moment) -> Seen:
        """Whether a tag's counter has risen; then it is on the disk.

        Raises:
            StorageFull: it is not, nor can it be.
        """
        return await self._in_thread(lambda db: _seen_here(db, bytes.fromhex(credential), counter, at))

    async def seen_elsewhere(self, credential: str, counter: int) -> Accepted | None:
        """Another reader has accepted a counter: what was accepted here of the same tag before, if anything.

        Raises:
            StorageFull: it cannot be kept.
        """
        return await self._in_thread(lambda db: _seen_elsewhere(db, bytes.fromhex(credential), counter))

    async def close(self) -> None:
        with suppress(NoReply):  # then it hangs already, and its thread is left behind
            await self._calls.run("closing the counters of tags", self._close, deadline_s=WITHIN_S)

    def _close(self) -> None:
        with self._one_at_a_time:
            self._file.close()

    async def _in_thread(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            return await self._calls.run("the counters of tags", lambda: self._transaction(work), deadline_s=WITHIN_S)
        except (sqlite3.Error, OSError, NoReply) as error:
            raise StorageFull(
                f"the counters of tags cannot be stored ({error}): free some space, check the SD card"
            ) from error

    def _transaction(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
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
                    db.execute("INSERT INTO damaged VALUES (datetime('now'))")
                    return work(db)


def _seen_here(db: sqlite3.Connection, credential: bytes, counter: int, at: Moment) -> Seen:
    known = db.execute("SELECT counter FROM tag WHERE credential = ?", (credential,)).fetchone()
    if known is not None and counter <= known[0]:
        return Seen.NOT_RISEN
    doubted = known is None and db.execute("SELECT 1 FROM damaged").fetchone() is not None
    here = None if doubted else counter
    row = (credential, counter, here, at.rfc3339() if at.trusted else None)
    db.execute("INSERT OR REPLACE INTO tag VALUES (?, ?, ?, ?)", row)
    return Seen.UNKNOWN if doubted else Seen.RISEN


def _seen_elsewhere(db: sqlite3.Connection, credential: bytes, counter: int) -> Accepted | None:
    known = db.execute("SELECT counter, here, at FROM tag WHERE credential = ?", (credential,)).fetchone()
    if known is None:
        (tags,) = db.execute("SELECT count(*) FROM tag").fetchone()
        if tags < TAGS_AT_MOST:
            db.execute("INSERT INTO tag VALUES (?, ?, NULL, NULL)", (credential, counter))
        return None
    if counter > known[0]:
        db.execute("UPDATE tag SET counter = ? WHERE credential = ?", (counter, credential))
    _, here, at = known
    return None if here is None else Accepted(here, None if at is None else parse_rfc3339(at))


_open: dict[Path, tuple[Counters, int]] = {}
"""By their files, with how many readers use each."""


@asynccontextmanager
async def counters_of(board: Board) -> AsyncIterator[Counters]:
    """The counters of this Pi, which its readers share.

    Raises:
        HardwareMissing: their folder cannot be made.
    """
    path = board.folder(SHARED_FOLDER) / "counters.db"
    counters, users = _open.get(path, (Counters(path), 0))
    _open[path] = counters, users + 1
    try:
        yield counters
    finally:
        counters, users = _open.pop(path)
        if users > 1:
            _open[path] = counters, users - 1
        else:
            await counters.close()
