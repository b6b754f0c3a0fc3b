"""The chain of entries, one line after the other, and whatever does not fit.

What was edited, removed, inserted or moved does not fit to what stands around it. Who writes all anew from one entry
on, or cuts off the end, leaves a chain that fits: that is seen by the heads that the log has said elsewhere before.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from devices.audit_log.entry import OWN, START, Entry, Head, entry_in
from devices.audit_log.said_elsewhere import SaidElsewhere

AT_MOST = 1000
"""Findings, and notes."""


class Place(NamedTuple):
    """A line of a file; lines count from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written. `entry` is its number, as far as that is known."""

    place: Place
    entry: int | None
    what: str

    def __str__(self) -> str:
        return f"{self.place.file}, line {self.place.line}: {self.what}" if self.place.line else f"the log: {self.what}"


class Chain:
    """Takes the lines of a log in their order. `heads` are what it has said elsewhere; `name` is whose it should be."""

    def __init__(self, heads: Iterable[Head], name: str | None) -> None:
        self.log: str | None = None
        self.head = START
        """The last entry that was found; its hash is empty where its line is damaged."""
        self.elsewhere = SaidElsewhere(heads)
        self.findings: list[Finding] = []
        self.notes: list[str] = []
        self._name = name
        self._first = 0
        """The number of the first entry; 0: there is none yet."""
        self._cut = ""
        """The hash that the first entry says of the one before it."""
        self._purged = 0
        self._place = self._before = Place("", 0)
        self._at: datetime | None = None

    def take(self, place: Place, line: bytes, *, named: int | None) -> None:
        """`named`: the entry that the line should have by its file's name."""
        self._before, self._place = self._place, place
        try:
            entry = entry_in(line)
        except ValueError as error:
            number = self.head.entries + 1 if self._first or named is None else named
            self._first = self._first or number
            self.head = Head(number, "")
            self._find(number, f"entry {number} {error}")
            return
        if named not in (None, entry.number):
            self._find(entry.number, f"the file is named after entry {named}, but begins with entry {entry.number}")
        if self._fits(entry):
            self.head = entry.head
            if contradiction := self.elsewhere.contradiction(entry.head):
                self._find(entry.number, contradiction)
            self._learn(entry)

    def end(self) -> None:
        """After the last line."""
        if self._first - 1 > self._purged:
            missing = _missing(1, self._first - 1)
            self._find(1, f"{missing}, and no entry says that they were purged: removed from the beginning")
        if self._name is not None and self.log not in (None, self._name):
            self._find(None, f"this is the log of {self.log}, not of {self._name}: exchanged")
        if most := self.elsewhere.beyond(self.head.entries):
            missing = _missing(self.head.entries + 1, most)
            self._find(most, f"{missing}, of which the log has told elsewhere: cut off after this line")

    def _fits(self, entry: Entry) -> bool:
        """Whether the chain goes on with this entry."""
        last, following = self.head, self.head.entries + 1
        if entry.number < following:
            if entry.number == last.entries and not last.hash:
                return True  # the line before was none of the log's, and is found already
            what = "moved, repeated or inserted"
            self._find(entry.number, f"entry {entry.number} stands here again, after entry {last.entries}: {what}")
            return False
        if not self._first and last == START:
            self._begin(entry)
        elif entry.number > following:
            self._find(following, f"{_missing(following, entry.number - 1)} before this line: removed")
        elif last.hash and entry.previous != last.hash:
            what = f"entry {entry.number} was written after another one"
            self._find(last.entries, f"entry {last.entries} was exchanged: {what}", self._before)
        return True

    def _begin(self, entry: Entry) -> None:
        self._first, self._cut = entry.number, entry.previous
        if entry.number > 1:
            cut = Head(entry.number - 1, entry.previous)
            if contradiction := self.elsewhere.contradiction(cut):
                self._find(entry.number, contradiction)
        elif entry.previous != START.hash:
            self._find(1, "entry 1 was written after another one: exchanged")

    def _learn(self, entry: Entry) -> None:
        """What an entry says of the log itself."""
        if entry.trusted:
            if self._at is not None and entry.at < self._at:
                self._note(f"entry {entry.number} is dated before one that stands before it: the clock was set back")
            self._at = entry.at
        if not entry.kind.startswith(OWN):
            return
        match entry.data:
            case {"log": str(log), "entries": int(entries), "why": str(why)}:
                self.log = log
                self._purged = max(self._purged, entries)
                self._note(f"entries up to {entries} were purged, as entry {entry.number} says: {why}")
                self._check_cut(entry.number, Head(entries, str(entry.data.get("hash", ""))))
            case {"log": str(log)}:
                self.log = log
            case {"kept": str(kept)}:
                self._note(f"what a power cut tore off before entry {entry.number} is kept as {kept}")
            case {"entries": int(entries)}:
                self._note(f"{entries} entries before entry {entry.number} found no room: the disk was full")
            case _:
                self._find(entry.number, f"entry {entry.number} says nothing that the log itself would say: inserted")

    def _check_cut(self, number: int, cut: Head) -> None:
        if cut.entries == self._first - 1 and self._cut and cut.hash not in ("", self._cut):
            self._find(number, f"entry {self._first} is not the one after which was purged: exchanged")

    def _find(self, entry: int | None, what: str, place: Place | None = None) -> None:
        if len(self.findings) < AT_MOST:
            self.findings.append(Finding(place or self._place, entry, what))

    def _note(self, note: str) -> None:
        if len(self.notes) < AT_MOST:
            self.notes.append(note)


def _missing(first: int, last: int) -> str:
    return f"entry {first} is missing" if first == last else f"entries {first} to {last} are missing"
