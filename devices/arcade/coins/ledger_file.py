"""The ledger on disk: entries that are only ever added, each once. Blocks; belongs into a thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from devices.board.sqlite_file import SqliteFile

SCHEMA = """
CREATE TABLE entry (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL, id TEXT NOT NULL,
    credits INTEGER NOT NULL, -- gained, or less than 0: spent
    pulses INTEGER NOT NULL, -- owed to the game, or less than 0: given to it
    UNIQUE (kind, id)
) STRICT;
"""
VERSION = 1


class Kind(StrEnum):
    COIN = "coin"
    GRANT = "grant"
    """Given by a technician."""
    TURN = "turn"
    REFUND = "refund"
    """Of the turn with the same id."""
    PULSES = "pulses"
    """Given to the game."""
    CARRIED = "carried"
    """What was left when the file before this one was found damaged."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger: `kind` and `id` are its identity."""

    kind: Kind
    id: str
    credits: int = 0
    pulses: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of all entries: credits to be spent, and pulses owed to the game."""

    credits: int = 0
    pulses: int = 0


@dataclass(frozen=True, slots=True)
class Added:
    """The totals after entries were added, and whether the last one was new."""

    totals: Totals
    new: bool = False


class LedgerFile:
    """One call at a time; `sqlite3.Error` and `OSError` get out, after a `DamagedFile` a new file is begun."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, SCHEMA, VERSION)

    def add(self, entries: Sequence[Entry]) -> Added:
        """Add those that are not known, all of them or none, in one commit."""
        new = False
        with self._file.transaction() as db:
            for entry in entries:
                inserted = db.execute(
                    "INSERT OR IGNORE INTO entry (kind, id, credits, pulses) VALUES (?, ?, ?, ?)",
                    (entry.kind, entry.id, entry.credits, entry.pulses),
                )
                new = inserted.rowcount == 1
            sums = db.execute("SELECT coalesce(sum(credits), 0), coalesce(sum(pulses), 0) FROM entry").fetchone()
        return Added(Totals(*sums), new)

    def find(self, kind: Kind, entry_id: str) -> Entry | None:
        """The entry of this identity."""
        with self._file.reading() as db:
            row = db.execute("SELECT credits, pulses FROM entry WHERE kind = ? AND id = ?", (kind, entry_id)).fetchone()
        return None if row is None else Entry(kind, entry_id, *row)

    def close(self) -> None:
        self._file.close()
