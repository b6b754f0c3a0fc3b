"""One entry as a line of the log, and the head that stands for all entries up to it.

A line is a JSON object in canonical form (RFC 8785). `sha256`, its last member, is the hash of the line without that
member, and so of the hash before it, too, which is `previous`.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from devices.audit_log.canonical import canonical
from devices.board.clock import Moment, parse_rfc3339
from devices.device import Json

LINE_AT_MOST = 65536
"""Bytes of a line with its end."""
UNTRUSTED = "untrusted"
OWN = "log-"
"""What the kinds of those entries begin with that a log makes itself."""
BEGAN, TORN, PURGED, LOST = f"{OWN}began", f"{OWN}torn", f"{OWN}purged", f"{OWN}lost"

MADE_UP = "is no entry of an audit log, although it has a hash: it was made by something else"
SIGNED = re.compile(rb'(\{.+),"sha256":"([0-9a-f]{64})"\}\n', re.DOTALL)
HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Head:
    """The log's last entry: its number, which is how many there have ever been, and its hash (64 hex digits)."""

    entries: int
    hash: str


START = Head(0, "0" * 64)
"""The head of a log without entries."""


@dataclass(frozen=True, slots=True)
class Unwritten:
    """What an entry will say; `data` is canonical JSON."""

    kind: str
    data: str
    at: Moment

    @classmethod
    def saying(cls, kind: str, data: Mapping[str, Json], at: Moment) -> "Unwritten":
        """Raises:
        ValueError: `data` cannot be said in JSON, or not within a line.
        """
        text = canonical(data)
        if len(text.encode()) > LINE_AT_MOST // 2:
            raise ValueError(f"an entry of {len(text)} characters is too long for the audit log")
        return cls(kind, text, at)

    def line_after(self, head: Head) -> tuple[bytes, Head]:
        """The line that follows `head`, and the new head."""
        clock = "" if self.at.trusted else f'"clock":"{UNTRUSTED}",'
        body = (
            f'{{"at":"{self.at.rfc3339()}",{clock}"data":{self.data},"entry":{head.entries + 1},'
            f'"kind":{canonical(self.kind)},"previous":"{head.hash}"'
        ).encode()
        digest = _hash(body)
        return body + f',"sha256":"{digest}"}}\n'.encode(), Head(head.entries + 1, digest)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that is what it was when it was written, as far as it alone can tell."""

    number: int
    kind: str
    data: Mapping[str, Any]
    at: datetime
    trusted: bool
    previous: str
    hash: str

    @property
    def head(self) -> Head:
        return Head(self.number, self.hash)


def entry_in(line: bytes) -> Entry:
    """The entry in a line, with its end.

    Raises:
        ValueError: there is none, or it is not as it was written. The message says which.
    """
    if not (signed := SIGNED.fullmatch(line)):
        raise ValueError("is no entry: it was edited or is damaged")
    if _hash(signed[1]) != (digest := signed[2].decode()):
        raise ValueError("was edited: it does not have the hash that it says")
    try:
        said = json.loads(line)
        number, previous = said["entry"], said["previous"]
        at = parse_rfc3339(said["at"])
        trusted = said.get("clock") != UNTRUSTED
        entry = Entry(number, said["kind"], said["data"], at, trusted, previous, digest)
    except (ValueError, TypeError, LookupError, RecursionError):
        raise ValueError(MADE_UP) from None
    shapes = type(number) is int, isinstance(entry.kind, str), isinstance(entry.data, dict), isinstance(previous, str)
    if not all(shapes) or not HASH.fullmatch(previous):
        raise ValueError(MADE_UP)
    return entry


def _hash(body: bytes) -> str:
    return hashlib.sha256(body + b"}").hexdigest()
