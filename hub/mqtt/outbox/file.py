"""The outbox's SQLite file: opened, written in transactions, and set aside when it is damaged.

WAL with full synchronisation makes one fsync of each commit (https://sqlite.org/wal.html). The file belongs to one
process: a second one that opens it hears that it is locked.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

SCHEMA = """
CREATE TABLE log (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, boot TEXT NOT NULL,
    began_ms INTEGER NOT NULL, -- when that boot began, by that process's clock
    untrusted INTEGER NOT NULL -- whether any of its times need a correction
) STRICT;
CREATE TABLE series (
    id INTEGER PRIMARY KEY, device TEXT NOT NULL, name TEXT NOT NULL, unit TEXT, -- no unit: a kind of event
    UNIQUE (device, name, unit)
) STRICT;
CREATE TABLE item (
    log INTEGER NOT NULL, seq INTEGER NOT NULL, series INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    untrusted INTEGER NOT NULL, value REAL, quality TEXT, raw REAL, data TEXT, -- data: an event's, as JSON
    PRIMARY KEY (log, seq)
) STRICT, WITHOUT ROWID;
"""
VERSION = 1
PRIMARY_CODE = 0xFF
"""SQLite's result codes carry details in their higher bits."""
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
REOPENED = {*DAMAGED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
"""After these errors the next call opens the file anew."""


class OtherRelease(sqlite3.DatabaseError):
    """The file has a layout that this release does not know."""


class DamagedFile(sqlite3.DatabaseError):
    """The file was no usable database; it has been set aside under the name that the message gives."""


class OutboxFile:
    """One call at a time, in any thread. `opened` is called with each new connection."""

    def __init__(self, path: Path, opened: Callable[[sqlite3.Connection], None]) -> None:
        self.path = path
        self._opened = opened
        self._open: sqlite3.Connection | None = None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Raises:
        DamagedFile: the next call begins with a new file.
        sqlite3.Error, OSError: it cannot be read now.
        """
        try:
            yield self._connection()
        except sqlite3.DatabaseError as error:
            raise self._judged(error) from None

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One commit, undone when an error gets out; errors as in `reading`."""
        with self.reading() as db:
            try:
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    with suppress(sqlite3.Error):
                        db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _connection(self) -> sqlite3.Connection:
        if self._open is None:
            self._open = self._connect()
        return self._open

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, timeout=1.0, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            _prepare(db)
            self._opened(db)
        except BaseException:
            db.close()
            raise
        return db

    def _judged(self, error: sqlite3.DatabaseError) -> sqlite3.DatabaseError:
        """The error to raise; a file that is no database of ours is set aside first."""
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & PRIMARY_CODE
        other = isinstance(error, OtherRelease)
        if code in REOPENED or other:
            self.close()
        return self._set_aside(error) if code in DAMAGED or other else error

    def _set_aside(self, error: sqlite3.DatabaseError) -> DamagedFile:
        aside = f".damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
        for suffix in ("-wal", "-shm", ""):
            beside = self.path.with_name(self.path.name + suffix)
            if beside.exists():
                beside.rename(f"{self.path}{aside}{suffix}")
        return DamagedFile(f"{error}; the file is set aside as {self.path.name}{aside}")


def _prepare(db: sqlite3.Connection) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == 0:
        db.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
    elif version != VERSION:
        raise OtherRelease(f"the outbox was written by another release (version {version})")
