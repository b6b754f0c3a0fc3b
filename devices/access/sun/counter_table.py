"""What is known of tags' counters, in SQL. Tags stand there by their credentials, never by their numbers."""

import hashlib
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from devices.board.clock import Moment, parse_rfc3339

VERSION = 1
SCHEMA = """
CREATE TABLE tag (credential BLOB PRIMARY KEY, counter INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE accepted (
    id INTEGER PRIMARY KEY, reader TEXT NOT NULL, credential BLOB NOT NULL, counter INTEGER NOT NULL, at TEXT,
    told INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX accepted_by_tag ON accepted (credential, id);
CREATE TABLE damaged (at TEXT NOT NULL);
"""
"""`tag` has the highest counter of each, `accepted` what readers here let pass: `at` if the clock was trusted, `told`
when it has been told that another reader let it pass as well."""
TAGS_AT_MOST = 20_000
"""What is heard of further ones is not kept; tags that prove their key here always are."""
ACCEPTED_AT_MOST = 1000
RECENT = 32
"""So many messages that were accepted last are told to other readers."""
DIGEST_DIGITS = 16


class Seen(Enum):
    """What a counter is worth."""

    RISEN = auto()
    NOT_RISEN = auto()
    UNKNOWN = auto()
    """The counters were lost, and this tag has not been seen since; the next counter may rise."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that a reader here has let pass, and when (UTC); None: the clock was not trusted."""

    credential: str
    counter: int
    at: datetime | None

    @property
    def digest(self) -> str:
        """Tells others which message it was, and nobody else whose."""
        return hashlib.sha256(f"{self.credential} {self.counter}".encode()).hexdigest()[:DIGEST_DIGITS]


def see_here(db: sqlite3.Connection, reader: str, credential: str, counter: int, at: Moment) -> Seen:
    """A tag has proven its key at one of our readers."""
    tag = bytes.fromhex(credential)
    known = db.execute("SELECT counter FROM tag WHERE credential = ?", (tag,)).fetchone()
    if known is not None and counter <= known[0]:
        return Seen.NOT_RISEN
    db.execute("INSERT OR REPLACE INTO tag VALUES (?, ?)", (tag, counter))
    if known is None and db.execute("SELECT 1 FROM damaged").fetchone() is not None:
        return Seen.UNKNOWN
    row = (reader, tag, counter, at.rfc3339() if at.trusted else None)
    added = db.execute("INSERT INTO accepted (reader, credential, counter, at) VALUES (?, ?, ?, ?)", row).lastrowid or 0
    db.execute("DELETE FROM accepted WHERE id <= ?", (added - ACCEPTED_AT_MOST,))
    return Seen.RISEN


def see_elsewhere(db: sqlite3.Connection, reader: str, credential: str, counter: int) -> Accepted | None:
    """`reader` has let a tag pass: what another one here let pass of the same tag last, if anything."""
    tag = bytes.fromhex(credential)
    known = db.execute("SELECT counter FROM tag WHERE credential = ?", (tag,)).fetchone()
    (tags,) = db.execute("SELECT count(*) FROM tag").fetchone() if known is None else (0,)
    if tags < TAGS_AT_MOST and (known is None or counter > known[0]):
        db.execute("INSERT OR REPLACE INTO tag VALUES (?, ?)", (tag, counter))
    last = "SELECT credential, counter, at, reader FROM accepted WHERE credential = ? ORDER BY id DESC LIMIT 1"
    row = db.execute(last, (tag,)).fetchone()
    if row is None or row[3] == reader:
        return None
    db.execute("UPDATE accepted SET told = 1 WHERE credential = ? AND counter = ?", (tag, counter))
    return _accepted(*row[:3])


def recent(db: sqlite3.Connection, reader: str) -> Sequence[str]:
    """The digests of what one of our readers let pass last, the newest last."""
    rows = db.execute(
        "SELECT credential, counter, at FROM accepted WHERE reader = ? ORDER BY id DESC LIMIT ?", (reader, RECENT)
    )
    return [_accepted(*row).digest for row in rows][::-1]


def in_both(db: sqlite3.Connection, reader: str, digests: Collection[str]) -> Sequence[Accepted]:
    """What `reader` and another one here both let pass, each of it once."""
    rows = db.execute("SELECT credential, counter, at, id FROM accepted WHERE reader != ? AND NOT told", (reader,))
    both = [(_accepted(*row[:3]), row[3]) for row in rows.fetchall()]
    both = [(accepted, number) for accepted, number in both if accepted.digest in digests]
    db.executemany("UPDATE accepted SET told = 1 WHERE id = ?", [(number,) for _, number in both])
    return [accepted for accepted, _ in both]


def note_damage(db: sqlite3.Connection) -> None:
    """All counters before this were lost."""
    db.execute("INSERT INTO damaged VALUES (datetime('now'))")


def _accepted(credential: bytes, counter: int, at: str | None) -> Accepted:
    return Accepted(credential.hex(), counter, None if at is None else parse_rfc3339(at))
