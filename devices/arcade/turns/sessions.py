"""The sessions in their SQLite file: one row for each, rolled up by year when a yearly report needs them no more."""

import sqlite3
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devices.arcade.turns.periods import Period
from devices.board.sqlite_file import SqliteFile
from devices.device import Json

SCHEMA = """
CREATE TABLE session (
    id TEXT PRIMARY KEY,
    ended_s REAL, -- Unix time; NULL while nobody knows it, and then the next two say what is known
    boot TEXT, since_boot_s REAL,
    seconds REAL NOT NULL, players INTEGER NOT NULL, waited_s REAL NOT NULL,
    player BLOB -- pseudonym of the one with the badge, NULL without a badge
) STRICT, WITHOUT ROWID;
CREATE TABLE year (
    year INTEGER PRIMARY KEY, sessions INTEGER NOT NULL, seconds REAL NOT NULL, players INTEGER NOT NULL,
    together INTEGER NOT NULL, waiting_median_s REAL NOT NULL
) STRICT;
"""
VERSION = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One session. `ended_s` is None while the clock is not trusted: then `boot` and `since_boot_s` place it later."""

    id: str
    ended_s: float | None
    boot: str
    since_boot_s: float
    seconds: float
    players: int
    waited_s: float
    player: bytes | None


@dataclass(frozen=True, slots=True)
class Sums:
    """What a social centre may report of a period.

    `players` are the different badges, and each session without a badge as one more. `together`: sessions of two or
    more. `waiting_median_s`: of those who waited in the queue.
    """

    sessions: int = 0
    seconds: float = 0.0
    players: int = 0
    together: int = 0
    waiting_median_s: float = 0.0

    def state(self) -> Mapping[str, Json]:
        """As the state `statistics` has it."""
        return {
            "sessions": self.sessions,
            "hours": round(self.seconds / 3600, 1),
            "players": self.players,
            "two_player_share": round(self.together / self.sessions, 2) if self.sessions else 0.0,
            "waiting_median_s": round(self.waiting_median_s),
        }


class Sessions:
    """One call at a time, in any thread; a file that is no database of ours is set aside, and a new one begun."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, SCHEMA, VERSION)

    def add(self, row: Row) -> None:
        """Keep a session; one that is known already changes nothing.

        Raises:
            DamagedFile: the next call begins a new file.
            sqlite3.Error, OSError: it could not be written.
        """
        placed = row.ended_s is not None
        with self._file.transaction() as db:
            db.execute(
                "INSERT OR IGNORE INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    row.id,
                    row.ended_s,
                    None if placed else row.boot,
                    None if placed else row.since_boot_s,
                    row.seconds,
                    row.players,
                    row.waited_s,
                    row.player,
                ),
            )

    def place(self, now_s: float, boot: str, since_boot_s: float) -> None:
        """The time is known now: sessions of this boot get theirs exactly, those of earlier boots count as of now."""
        with self._file.transaction() as db:
            db.execute(
                "UPDATE session SET ended_s = CASE WHEN boot = ? THEN ? - (? - since_boot_s) ELSE ? END,"
                " boot = NULL, since_boot_s = NULL WHERE ended_s IS NULL",
                (boot, now_s, since_boot_s, now_s),
            )

    def sums(self, period: Period) -> Sums:
        with self._file.transaction() as db:
            return _sums(db, period)

    def sums_of_year(self, year: int, period: Period) -> Sums:
        """Of its sessions, and of what was rolled up before."""
        with self._file.transaction() as db:
            rolled_up = db.execute("SELECT * FROM year WHERE year = ?", (year,)).fetchone()
            return _sums(db, period) if rolled_up is None else Sums(*rolled_up[1:])

    def roll_up(self, before_s: float, years: Mapping[int, Period]) -> None:
        """Of sessions that ended before `before_s` only the sums of their years remain."""
        with self._file.transaction() as db:
            for year, period in years.items():
                sums = _sums(db, Period(period.since_s, min(period.until_s, before_s)))
                if sums.sessions:
                    db.execute(
                        "INSERT INTO year VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                        " sessions = sessions + excluded.sessions, seconds = seconds + excluded.seconds,"
                        " players = players + excluded.players, together = together + excluded.together",
                        (year, sums.sessions, sums.seconds, sums.players, sums.together, sums.waiting_median_s),
                    )
            db.execute("DELETE FROM session WHERE ended_s < ?", (before_s,))

    def oldest_s(self) -> float | None:
        """When the first session of all ended."""
        with self._file.transaction() as db:
            (oldest_s,) = db.execute("SELECT MIN(ended_s) FROM session").fetchone()
            return None if oldest_s is None else float(oldest_s)

    def close(self) -> None:
        self._file.close()


def _sums(db: sqlite3.Connection, period: Period) -> Sums:
    within = (period.since_s, period.until_s)
    sessions, seconds, players, together = db.execute(
        "SELECT COUNT(*), TOTAL(seconds), COUNT(DISTINCT player) + COALESCE(SUM(player IS NULL), 0),"
        " COALESCE(SUM(players > 1), 0) FROM session WHERE ended_s >= ? AND ended_s < ?",
        within,
    ).fetchone()
    waits = db.execute(
        "SELECT waited_s FROM session WHERE ended_s >= ? AND ended_s < ? AND waited_s > 0", within
    ).fetchall()
    return Sums(sessions, seconds, players, together, statistics.median(wait for (wait,) in waits) if waits else 0.0)
