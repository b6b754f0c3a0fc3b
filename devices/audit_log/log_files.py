"""The files of a log: one a month, named after its first entry and the month, so that their names sort as they follow.

What a power cut tore off is set aside beside its file, and marked until an entry says so.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from devices.audit_log.entry import LINE_AT_MOST, Entry, entry_in
from devices.board.clock import Moment
from devices.board.durable_file import replace_file

NAME = re.compile(r"(\d{12})-(\d{4}-\d{2}|undated)\.jsonl")
UNDATED = "undated"
"""For entries of a new log before its clock is trusted."""
UNRECORDED = ".unrecorded"


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file. `first` is the number of its first entry."""

    path: Path
    first: int
    month: str

    @classmethod
    def beginning(cls, folder: Path, first: int, at: Moment) -> "LogFile":
        """A new one."""
        month = month_of(at) or UNDATED
        return cls(folder / f"{first:012d}-{month}.jsonl", first, month)


def month_of(at: Moment) -> str | None:
    """`2026-03`; None while the clock is not trusted."""
    return f"{at.utc:%Y-%m}" if at.trusted else None


def log_files(folder: Path) -> list[LogFile]:
    """The files in `folder`, the oldest first; none where there is no folder."""
    names = ((path, NAME.fullmatch(path.name)) for path in (sorted(folder.iterdir()) if folder.is_dir() else ()))
    return [LogFile(path, int(name[1]), name[2]) for path, name in names if name]


@contextmanager
def locked(folder: Path, *, shared: bool = False) -> Iterator[None]:
    """Nobody else writes meanwhile, in whatever process."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def last_entry(path: Path) -> tuple[Entry | None, int]:
    """The last entry in a file that is as it was written, and how many bytes of the file go up to its end."""
    size = path.stat().st_size
    window = min(size, 2 * LINE_AT_MOST)
    with path.open("rb") as file:
        while window:
            file.seek(size - window)
            end = size
            for line in reversed(file.read(window).splitlines(keepends=True)):
                try:
                    return entry_in(line), end
                except ValueError:
                    end -= len(line)
            if window == size:
                break
            window = min(size, 4 * window)
    return None, 0


def set_aside(path: Path, good: int) -> None:
    """Keep what stands in a file after its `good` first bytes elsewhere, and cut it off."""
    if good == 0:
        path.rename(path.with_name(f"{path.name}.torn-0{UNRECORDED}"))
    else:
        with path.open("rb") as file:
            file.seek(good)
            replace_file(path.with_name(f"{path.name}.torn-{good}{UNRECORDED}"), file.read())
        os.truncate(path, good)


def unrecorded(folder: Path) -> list[Path]:
    """What was set aside and stands in no entry yet."""
    return sorted(folder.glob(f"*.torn-*{UNRECORDED}"))


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
