"""What the outbox keeps on disk, as an SD card can bear it. Everything here blocks, and runs in a thread.

A row takes some 40 bytes: what repeats (device, channel, unit) stands once, in `series`. Each commit carries all that
waits: new rows, and the removal of those that are acknowledged.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from devices.board.clock import Moment
from devices.board.sqlite_file import SqliteFile
from devices.device import Event, Quality, Reading
from devices.errors import StorageFull
from hub.bus import Entry
from hub.mqtt.messages import encode
from hub.mqtt.outbox.schema import SCHEMA, VERSION

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
FAR_FUTURE_MS = 2**62
READ_AT_ONCE = 1_000
DROPPED_AT_ONCE = 5_000
Range: TypeAlias = tuple[str, int, int]
"""A log, and the first and last of the numbers in it that are acknowledged."""
Row: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class KeptLog:
    """A log of an earlier process of which something is left: the highest number of it."""

    name: str
    last: int


@dataclass(frozen=True, slots=True)
class Writer:
    """The process that writes: its log, its boot, when that began by its clock, and whether that is to be doubted."""

    log: str
    boot: str
    began_ms: int
    untrusted: bool = False


class OutboxDisk:
    """One call at a time. A failed call leaves the file as it was before; `sqlite3.Error` and `OSError` get out."""

    def __init__(self, folder: Path, writer: Writer, size: int) -> None:
        self.depth = 0
        """How many rows there are."""
        self._dropped = 0
        self._file = SqliteFile(folder / "outbox.sqlite", SCHEMA, VERSION, opened=self._count)
        self._writer = writer
        self._size = size
        self._log_ids: dict[str, int] = {}
        self._series_ids: dict[tuple[str, str, str | None], int] = {}
        self._series: dict[int, tuple[str, str, str | None]] = {}

    @property
    def path(self) -> Path:
        return self._file.path

    def logs(self) -> Sequence[KeptLog]:
        """What earlier processes left, oldest first; logs of which nothing is left are removed.

        A process without a trusted clock leaves its own name at once: a later one of the same boot can correct it.
        """
        with self._changing() as db:
            if self._writer.untrusted:
                self._log_id(db, self._writer.log)
            for (name,) in db.execute("SELECT name FROM log").fetchall():
                self._forget_empty(db, name)
            found = db.execute(
                "SELECT name, max(seq) FROM log JOIN item ON item.log = log.id"
                " WHERE name <> ? GROUP BY log.id ORDER BY log.id",
                (self._writer.log,),
            )
            return [KeptLog(name, last) for name, last in found]

    def write(self, entries: Sequence[Entry], acknowledged: Iterable[Range]) -> int:
        """Add entries and remove what is acknowledged, in one commit; how many were added.

        Raises:
            StorageFull: the configured room is full of events; what is acknowledged was removed nevertheless.
        """
        with self._changing() as db:
            for log, first, last in acknowledged:
                self._remove(db, log, first, last)
            full = bool(entries) and not self._make_room(db)
            if not full:
                rows = [self._row(db, entry) for entry in entries]
                db.executemany("INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
                self.depth += len(rows)
        if full:
            raise StorageFull(f"the outbox's {self._size} bytes are full of events that nobody has acknowledged")
        return len(entries)

    def read(self, log: str, after: int, until: int) -> Sequence[Entry]:
        """Entries of a log with `after` < seq ≤ `until`, ascending, as many as one batch could hold."""
        query = (
            "SELECT * FROM item WHERE log = (SELECT id FROM log WHERE name = ?) AND seq > ? AND seq <= ?"
            " ORDER BY seq LIMIT ?"
        )
        with self._file.reading() as db:
            return [self._entry(db, log, row) for row in db.execute(query, (log, after, until, READ_AT_ONCE))]

    def first(self, log: str, after: int) -> int | None:
        """The lowest number of a log above `after`."""
        query = "SELECT min(seq) FROM item WHERE log = (SELECT id FROM log WHERE name = ?) AND seq > ?"
        with self._file.reading() as db:
            number: int | None = db.execute(query, (log, after)).fetchone()[0]
            return number

    def drop_older(self, than: datetime) -> int:
        """Remove readings measured before a time, some thousands at most; how many they were."""
        with self._changing() as db:
            return self._drop(db, (than - EPOCH) // MILLISECOND, trusted_only=True)

    def correct(self, began_ms: int) -> Mapping[str, int]:
        """The clock is trusted now, and this boot began at `began_ms`: correct its untrusted times.

        Returns:
            Milliseconds to add to the untrusted times of each log of this boot, those already sent as well.
        """
        with self._changing() as db:
            found = db.execute(
                "SELECT id, name, ? - began_ms FROM log WHERE untrusted AND boot = ?", (began_ms, self._writer.boot)
            ).fetchall()
            for log, _, milliseconds in found:
                db.execute(
                    "UPDATE item SET at_ms = at_ms + ?, untrusted = 0 WHERE log = ? AND untrusted", (milliseconds, log)
                )
            return {name: milliseconds for _, name, milliseconds in found}

    def take_dropped(self) -> int:
        """How many readings had to make room since it was last asked."""
        dropped, self._dropped = self._dropped, 0
        return dropped

    def close(self) -> None:
        self._file.close()

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """One commit; what was noted of the rows is undone with it."""
        depth, dropped = self.depth, self._dropped
        try:
            with self._file.transaction() as db:
                yield db
        except BaseException:
            self.depth, self._dropped = depth, dropped
            self._forget_ids()
            raise

    def _count(self, db: sqlite3.Connection) -> None:
        (self.depth,) = db.execute("SELECT count(*) FROM item").fetchone()
        self._forget_ids()

    def _forget_ids(self) -> None:
        self._log_ids.clear()
        self._series.clear()
        self._series_ids.clear()

    def _log_id(self, db: sqlite3.Connection, name: str) -> int:
        if name not in self._log_ids:
            if name == self._writer.log:
                db.execute(
                    "INSERT OR IGNORE INTO log (name, boot, began_ms, untrusted) VALUES (?, ?, ?, ?)",
                    (name, self._writer.boot, self._writer.began_ms, self._writer.untrusted),
                )
            found = db.execute("SELECT id FROM log WHERE name = ?", (name,)).fetchone()
            if found is None:
                return 0  # no row has it
            self._log_ids[name] = found[0]
        return self._log_ids[name]

    def _series_id(self, db: sqlite3.Connection, device: str, name: str, unit: str | None) -> int:
        key = (device, name, unit)
        if key not in self._series_ids:
            found = db.execute("SELECT id FROM series WHERE device = ? AND name = ? AND unit IS ?", key).fetchone()
            if found is None:
                found = db.execute(
                    "INSERT INTO series (device, name, unit) VALUES (?, ?, ?) RETURNING id", key
                ).fetchone()
            self._series_ids[key] = found[0]
        return self._series_ids[key]

    def _row(self, db: sqlite3.Connection, entry: Entry) -> Row:
        message = entry.message
        log = self._log_id(db, entry.log)
        if isinstance(message, Reading):
            series = self._series_id(db, entry.device, message.channel, message.unit)
            rest: Row = (message.value, str(message.quality), message.raw, None)
        elif isinstance(message, Event):
            series = self._series_id(db, entry.device, message.kind, None)
            rest = (None, None, None, encode(message.data))
        else:
            raise TypeError(f"a {type(message).__name__} is not numbered")
        return (log, entry.seq, series, (message.at.utc - EPOCH) // MILLISECOND, not message.at.trusted, *rest)

    def _entry(self, db: sqlite3.Connection, log: str, row: Row) -> Entry:
        _, seq, series, at_ms, untrusted, value, quality, raw, data = row
        if series not in self._series:
            query = "SELECT device, name, unit FROM series WHERE id = ?"
            self._series[series] = db.execute(query, (series,)).fetchone()
        device, name, unit = self._series[series]
        at = Moment(EPOCH + at_ms * MILLISECOND, trusted=not untrusted)
        if unit is None:
            return Entry(device, Event(name, json.loads(data), at), log, seq)
        return Entry(device, Reading(name, value, unit, at, Quality(quality), raw), log, seq)

    def _remove(self, db: sqlite3.Connection, log: str, first: int, last: int) -> None:
        removal = "DELETE FROM item WHERE log = ? AND seq BETWEEN ? AND ?"
        gone = db.execute(removal, (self._log_id(db, log), first, last))
        self.depth -= gone.rowcount
        if log != self._writer.log:
            self._forget_empty(db, log)

    def _forget_empty(self, db: sqlite3.Connection, log: str) -> None:
        """A log of which nothing is left is of no use, unless its times may have to be corrected at the history."""
        self._log_ids.pop(log, None)
        db.execute(
            "DELETE FROM log WHERE name = ? AND NOT (untrusted AND boot = ?)"
            " AND NOT EXISTS (SELECT 1 FROM item WHERE item.log = log.id)",
            (log, self._writer.boot),
        )

    def _make_room(self, db: sqlite3.Connection) -> bool:
        """Let the oldest readings go until there is room; false if there are none left to go."""
        while self._used(db) > self._size:
            gone = self._drop(db, FAR_FUTURE_MS, trusted_only=False)
            if not gone:
                return False
            self._dropped += gone
        return True

    def _drop(self, db: sqlite3.Connection, before_ms: int, *, trusted_only: bool) -> int:
        """Remove readings, from the oldest of the oldest log on."""
        gone = db.execute(
            "DELETE FROM item WHERE (log, seq) IN (SELECT log, seq FROM item"
            " WHERE data IS NULL AND at_ms < ? AND untrusted <= ? ORDER BY log, seq LIMIT ?)",
            (before_ms, not trusted_only, DROPPED_AT_ONCE),
        )
        self.depth -= gone.rowcount
        return gone.rowcount

    @staticmethod
    def _used(db: sqlite3.Connection) -> int:
        pages, free, size = (
            db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)
