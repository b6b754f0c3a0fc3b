"""The history as CSV or JSON lines, for spreadsheets and for whoever wants all of it; works while the hub runs."""

import csv
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TextIO

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from devices.board.clock import rfc3339
from devices.device import Json
from devices.errors import AlcolabError
from hub.database.sqlite import reading_engine
from hub.history.queries import TRUSTED, StoredEvent, StoredReading, Wanted, count, events, readings
from hub.spreadsheet import as_text

CSV_COLUMNS = ("at", "device", "reading", "value", "unit", "quality", "raw", "event", "data", "clock")
PROGRESS_EVERY = 1_000

Progress = Callable[[int, int], None]
"""Called with the number of rows written so far, and about how many there are."""


class NoHistory(AlcolabError, FileNotFoundError):
    """There is no history where it was looked for, or it cannot be read."""


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


def export(
    database: Path,
    *,
    format: Format,  # noqa: A002 - the option's name
    out: TextIO,
    since: datetime | None = None,
    until: datetime | None = None,
    device: str | None = None,
    channel: str | None = None,
    progress: Progress | None = None,
) -> int:
    """Write readings by device, channel and time, then events by device and time; the number of rows.

    `since` (included) and `until` (not included) must be aware. With a `channel`, only its readings. Give `out`
    opened with `newline=""`: CSV ends its lines as RFC 4180 says.

    Raises:
        NoHistory: there is none at `database`, or it cannot be read.
    """
    if not database.is_file():
        raise NoHistory(f"there is no history at {database}: is this the hub, and are you the user that it runs as?")
    write = _csv_writer(out) if format is Format.CSV else _json_writer(out)
    wanted = Wanted(device, channel, since, until)
    written = 0
    try:
        with reading_engine(database).connect() as connection, connection.begin():
            total = count(connection, wanted) if progress else 0
            for one in _everything(connection, wanted):
                write(one)
                written += 1
                if progress and written % PROGRESS_EVERY == 0:
                    progress(written, total)
    except DBAPIError as error:
        raise NoHistory(f"the history at {database} cannot be read: {error.orig}") from error
    if progress:
        progress(written, written)
    return written


Write = Callable[[StoredReading | StoredEvent], None]


def _everything(connection: Connection, wanted: Wanted) -> Iterator[StoredReading | StoredEvent]:
    yield from readings(connection, wanted)
    yield from events(connection, wanted)


def _json_writer(out: TextIO) -> Write:
    def write(one: StoredReading | StoredEvent) -> None:
        line = json.dumps(as_json(one), ensure_ascii=False)
        out.write(line.encode(errors="backslashreplace").decode() + "\n")  # half a surrogate pair stays valid JSON

    return write


def as_json(one: StoredReading | StoredEvent) -> dict[str, Json]:
    """The names that the topics have; `clock` stands there only where it was not trusted."""
    fields: dict[str, Json]
    if isinstance(one, StoredReading):
        fields = {"device": one.device, "reading": one.channel, "value": one.value, "unit": one.unit}
        fields |= {"quality": one.quality.value, "at": rfc3339(one.at)}
        if one.raw is not None:
            fields["raw"] = one.raw
    else:
        fields = {"device": one.device, "event": one.kind, "at": rfc3339(one.at), "data": json.loads(one.data)}
        fields |= {"log": one.log, "seq": one.seq}
    if one.clock != TRUSTED:
        fields["clock"] = one.clock
    return fields


def _csv_writer(out: TextIO) -> Write:
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)

    def write(one: StoredReading | StoredEvent) -> None:
        if isinstance(one, StoredReading):
            measured = one.value, as_text(one.unit), one.quality.value, one.raw
            writer.writerow((rfc3339(one.at), as_text(one.device), as_text(one.channel), *measured, "", "", one.clock))
        else:
            happened = as_text(one.kind), as_text(one.data)
            writer.writerow((rfc3339(one.at), as_text(one.device), "", "", "", "", "", *happened, one.clock))

    return write
