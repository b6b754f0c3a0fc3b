"""Logs for tests: written at once, without a loop."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from devices.audit_log import Head
from devices.audit_log.entry import Unwritten
from devices.audit_log.writer import LogWriter
from devices.board.clock import Moment

MARCH = datetime(2026, 3, 30, 12, tzinfo=UTC)
NAME = "front-door"


def entries(count: int, *, since: datetime = MARCH, every: timedelta = timedelta(hours=7)) -> list[Unwritten]:
    return [
        Unwritten.saying("access", {"granted": n % 2 == 0, "member": f"{n:016x}"}, Moment(since + n * every))
        for n in range(count)
    ]


def append_all(writer: LogWriter, waiting: Sequence[Unwritten]) -> list[Head]:
    """The heads that the log says meanwhile."""
    heads = []
    while waiting:
        done, head = writer.append(waiting)
        heads.append(head)
        waiting = waiting[done:]
    return heads


def written(folder: Path, count: int = 12, *, every: timedelta = timedelta(hours=7), name: str = NAME) -> list[Head]:
    """Write a log with a head for each entry; it has one entry more, the first, which the log makes itself."""
    writer = LogWriter(folder, name)
    return [head for entry in entries(count, every=every) for head in append_all(writer, [entry])]


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.jsonl"))


def lines(folder: Path) -> list[bytes]:
    return [line for file in files(folder) for line in file.read_bytes().splitlines(keepends=True)]
