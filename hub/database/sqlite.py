"""Everything that is particular to SQLite: how a database's file is opened, and what its errors mean.

PostgreSQL will get a module like this one; nothing else in the hub's services knows the engine.
"""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

PRAGMAS = (
    "PRAGMA busy_timeout = 5000",
    # A commit of few readings writes its pages whole: half the usual size spares an SD card, and reads as fast.
    "PRAGMA page_size = 2048",
    "PRAGMA wal_autocheckpoint = 2000",
    # Readers never wait for the writer, and a commit is one append.
    "PRAGMA journal_mode = WAL",
    # What was acknowledged survives a power cut: each commit is synchronised.
    "PRAGMA synchronous = FULL",
)


FOREIGN_KEYS = "PRAGMA foreign_keys = ON"
"""SQLite looks after references between tables only where it is asked to."""


def writing_engine(path: Path, *, more: tuple[str, ...] = ()) -> Engine:
    """The engine of who writes; the file (0600) and its folder are made where missing. `more` are further pragmas."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    return _engine(path, (*PRAGMAS, *more), begin="BEGIN IMMEDIATE")


def reading_engine(path: Path) -> Engine:
    """An engine that cannot change anything, and sees the state of the moment in which it began to read."""
    return _engine(path, (PRAGMAS[0], "PRAGMA query_only = ON"), begin="BEGIN")


def _engine(path: Path, pragmas: tuple[str, ...], *, begin: str) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        # Python's driver would begin no transaction for DDL: a migration that is cut off must leave no trace.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def is_corrupt(error: DBAPIError) -> bool:
    """Whether the file itself is damaged, or no database at all."""
    code: int = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF  # the extended codes share their lowest byte
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def set_aside(path: Path) -> Path:
    """Rename a damaged database with what belongs to it, so that nothing is deleted; the new path."""
    kept = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(kept.with_name(kept.name + suffix))
    return kept
