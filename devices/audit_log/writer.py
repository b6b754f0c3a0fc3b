"""Brings entries to the disk. Everything here blocks, and belongs into a thread.

Several processes may write into one log: each holds the folder's lock while it does, and looks at what others did.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from pathlib import Path

from devices.audit_log.entry import BEGAN, PURGED, START, TORN, Head, Unwritten
from devices.audit_log.log_files import (
    UNRECORDED,
    LogFile,
    last_entry,
    locked,
    log_files,
    month_of,
    set_aside,
    sync_folder,
    unrecorded,
)
from devices.board.clock import Moment
from devices.device import Json


@dataclass(frozen=True, slots=True)
class Purge:
    """What is to be deleted: the months that ended before the day `before`; `why` is for those who verify."""

    before: date
    at: Moment
    why: str


@dataclass(frozen=True, slots=True)
class _End:
    """Where the next entry goes: after `head`, into `file` after its `size` first bytes."""

    head: Head
    file: LogFile | None
    size: int


class LogWriter:
    """One log; one call at a time."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._end = _End(START, None, 0)

    def head(self) -> Head:
        """The last entry that is on the disk.

        Raises:
            OSError: it cannot be read.
        """
        for file in reversed(log_files(self._folder)):
            entry, _ = last_entry(file.path)
            if entry is not None:
                return entry.head
        return START

    def append(self, entries: Sequence[Unwritten]) -> tuple[int, Head]:
        """Write the first of `entries`, as far as they belong into one file: how many that were, and the new head.

        Raises:
            OSError: none of them is written.
        """
        with self._held():
            self._tell_of_itself(entries[0].at)
            file = self._file_for(entries[0].at)
            same = list(takewhile(lambda entry: self._file_for(entry.at) == file, entries))
            self._write(file, same)
            return len(same), self._end.head

    def purge(self, purge: Purge) -> Head:
        """Write an entry that says what goes, then delete it; nothing while the clock is not trusted.

        Raises:
            OSError: what is not deleted yet will be with the next purge.
        """
        with self._held():
            if old := self._ended_before(purge):
                self._tell_of_itself(purge.at)
                self._write(self._file_for(purge.at), [self._purged(old, purge)])
                for file in old:
                    for path in self._folder.glob(f"{file.path.name}*"):
                        path.unlink()
                sync_folder(self._folder)
            return self._end.head

    @contextmanager
    def _held(self) -> Iterator[None]:
        """The folder is locked, and `_end` is where the log ends."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked(self._folder):
            files = log_files(self._folder)
            if not files or files[-1] != self._end.file or files[-1].path.stat().st_size != self._end.size:
                self._end = _found_end(files)
            yield

    def _tell_of_itself(self, at: Moment) -> None:
        """The entries that nobody else writes: a log begins; something was torn off."""
        if self._end.head == START:
            self._write(self._file_for(at), [Unwritten.saying(BEGAN, {"log": self._name}, at)])
        for torn in unrecorded(self._folder):
            kept = torn.with_name(torn.name.removesuffix(UNRECORDED))
            said: Mapping[str, Json] = {"kept": kept.name, "bytes": torn.stat().st_size}
            self._write(self._file_for(at), [Unwritten.saying(TORN, said, at)])
            torn.rename(kept)

    def _file_for(self, at: Moment) -> LogFile:
        """What is written while the clock is not trusted goes where the entry before it stands."""
        file, month = self._end.file, month_of(at)
        if file is None or month not in (None, file.month):
            return LogFile.beginning(self._folder, self._end.head.entries + 1, at)
        return file

    def _write(self, file: LogFile, entries: Sequence[Unwritten]) -> None:
        head, lines = self._end.head, []
        for entry in entries:
            line, head = entry.line_after(head)
            lines.append(line)
        data, size = b"".join(lines), self._end.size if file == self._end.file else 0
        _write_durably(file.path, data, at=size)
        self._end = _End(head, file, size + len(data))

    def _ended_before(self, purge: Purge) -> list[LogFile]:
        """The oldest files, each of a month that ended in time or followed by one of such a month.

        A file cannot be younger than one that follows it, whatever the clock then said.
        """
        if not purge.at.trusted:
            return []
        files = log_files(self._folder)
        ended: list[LogFile] = []
        month = latest = f"{purge.at.utc:%Y-%m}"
        for file in reversed(files):
            month = min(month, file.month)  # UNDATED sorts after all months
            if month < f"{purge.before:%Y-%m}" and (file != self._end.file or file.month != latest):
                ended.append(file)
        return ended[::-1]

    def _purged(self, old: Sequence[LogFile], purge: Purge) -> Unwritten:
        """`entries` and `hash` are the head at the cut; the hash is missing where the last entry there is damaged."""
        following = next(
            (file.first for file in log_files(self._folder) if file not in old), self._end.head.entries + 1
        )
        said: dict[str, Json] = {"log": self._name, "entries": following - 1}
        said |= {"before": purge.before.isoformat(), "why": purge.why}
        cut, _ = last_entry(old[-1].path)
        if cut is not None and cut.number == following - 1:
            said["hash"] = cut.hash
        return Unwritten.saying(PURGED, said, purge.at)


def _found_end(files: list[LogFile]) -> _End:
    """Where the log ends. What stands behind, torn by a power cut, is set aside."""
    for file in reversed(files):
        entry, good = last_entry(file.path)
        size = file.path.stat().st_size
        if good < size:
            set_aside(file.path, good)
        if entry is not None:
            return _End(entry.head, file, good)
        if size == 0:
            file.path.unlink()
    return _End(START, None, 0)


def _write_durably(path: Path, data: bytes, *, at: int) -> None:
    """Write `data` into a file that has `at` bytes; when that fails, it has no more of them than before."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        written = 0
        while written < len(data):
            written += os.pwrite(descriptor, data[written:], at + written)
        os.fsync(descriptor)
        if at == 0:
            sync_folder(path.parent)
    except OSError:
        with suppress(OSError):
            os.ftruncate(descriptor, at)
        raise
    finally:
        os.close(descriptor)
