"""A SQLite file of one process: opened, written in transactions, and set aside when it is damaged.

WAL with full synchronisation makes one fsync of each commit (https://sqlite.org/wal.html). A second process that opens
the file hears that it is locked. Everything here blocks, and belongs into a thread.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

PRIMARY_CODE = 0xFF
"""SQLite's result codes carry details in their higher bits."""
DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
REOPENED = DAMAGED | {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
"""After these errors the next call opens the file anew."""


class DamagedFile(sqlite3.DatabaseError):
    """The file was no usable database; it has been set aside under the name that the message gives."""


class _OtherRelease(sqlite3.DatabaseError):
    """The file has a layout that this release does not know."""


class SqliteFile:
    """One call at a time, in any thread. `schema` makes a new file; `version` is stored in it, to be known again.

    `opened` is called with each new connection, before anything else.
    """

    def __init__(
        self,
        path: Path,
        schema: str,
        version: int,
        *,
        opened: Callable[[sqlite3.Connection], object] = lambda _: None,
    ) -> None:
        self.path = path
        self._schema = schema
        self._version = version
        self._opened = opened
        self._open: sqlite3.Connection | None = None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Raises:
        DamagedFile: the next call begins with a new file.
        sqlite3.Error, OSError: it cannot be read now.
        """
        try:
            if self._open is None:
                self._open = self._connect()
            yield self._open
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

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, timeout=1.0, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            self._prepare(db)
            self._opened(db)
        except BaseException:
            db.close()
            raise
        return db

    def _prepare(self, db: sqlite3.Connection) -> None:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version == 0:
            db.executescript(f"BEGIN; {self._schema} PRAGMA user_version = {self._version}; COMMIT;")
        elif version != self._version:
            raise _OtherRelease(f"it was written by another release (version {version})")

    def _judged(self, error: sqlite3.DatabaseError) -> sqlite3.DatabaseError:
        """The error to raise; a file that is no database of ours is set aside first."""
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & PRIMARY_CODE
        unusable = code in DAMAGED or isinstance(error, _OtherRelease)
        if code in REOPENED or unusable:
            self.close()
        return self._set_aside(error) if unusable else error

    def _set_aside(self, error: sqlite3.DatabaseError) -> DamagedFile:
        aside = f".damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
        for suffix in ("-wal", "-shm", ""):
            beside = self.path.with_name(self.path.name + suffix)
            if beside.exists():
                beside.rename(f"{self.path}{aside}{suffix}")
        return DamagedFile(f"{error}; the file is set aside as {self.path.name}{aside}")
