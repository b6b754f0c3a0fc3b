"""Reading the history back, as a stream: a year of readings never stands in memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, func, literal, select, union_all

from devices.device import Quality
from hub.history.schema import QUALITIES, event, log, reading, recent, series

EPOCH = datetime.fromtimestamp(0, UTC)
MILLISECOND = timedelta(milliseconds=1)
ROWS_AT_ONCE = 1_000
TRUSTED, UNTRUSTED, CORRECTED = "trusted", "untrusted", "corrected"
"""What the clock was worth: right; not known to be right; wrong, but set right since."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of the history: `since` is included, `until` is not; None is no limit."""

    device: str | None = None
    channel: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredReading:
    """A reading as the history keeps it; `clock` is `trusted`, `untrusted` or `corrected`."""

    device: str
    channel: str
    at: datetime
    value: float | None
    unit: str
    quality: Quality
    raw: float | None
    clock: str


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as the history keeps it; `data` is JSON."""

    device: str
    kind: str
    at: datetime
    data: str
    log: str
    seq: int
    clock: str


def readings(connection: Connection, wanted: Wanted) -> Iterator[StoredReading]:
    """The readings, by device, channel, unit and time."""
    names = {one.id: one for one in connection.execute(_series(wanted))}
    corrected = _corrected_logs(connection)
    for number, one in names.items():
        for row in _once(_stream(connection, _readings_of(number, wanted))):
            yield StoredReading(
                device=one.device,
                channel=one.channel,
                at=EPOCH + row.at * MILLISECOND,
                value=row.value,
                unit=one.unit,
                quality=QUALITIES[row.quality],
                raw=row.raw,
                clock=TRUSTED if row.clock_log is None else CORRECTED if row.clock_log in corrected else UNTRUSTED,
            )


def events(connection: Connection, wanted: Wanted) -> Iterator[StoredEvent]:
    """The events, by device and time; with a channel wanted there are none."""
    if wanted.channel is not None:
        return
    corrected = _corrected_logs(connection)
    order = event.c.device, event.c.at, event.c.log, event.c.seq
    chosen = (
        select(event, log.c.name).join(log, event.c.log == log.c.id).where(*_within(event, wanted)).order_by(*order)
    )
    if wanted.device is not None:
        chosen = chosen.where(event.c.device == wanted.device)
    for row in _stream(connection, chosen):
        clock = TRUSTED if not row.untrusted else CORRECTED if row.log in corrected else UNTRUSTED
        at = EPOCH + row.at * MILLISECOND
        yield StoredEvent(row.device, row.kind, at, row.data, log=row.name, seq=row.seq, clock=clock)


def count(connection: Connection, wanted: Wanted) -> int:
    """About how many readings and events these are; the ones that came twice lately are counted twice."""
    numbers = select(_series(wanted).subquery().c.id)
    of_series = sum(
        connection.scalar(
            select(func.count()).select_from(table).where(table.c.series.in_(numbers), *_within(table, wanted))
        )
        or 0
        for table in (reading, recent)
    )
    if wanted.channel is not None:
        return of_series
    of_device = [event.c.device == wanted.device] if wanted.device is not None else []
    counted = select(func.count()).select_from(event).where(*of_device, *_within(event, wanted))
    return of_series + (connection.scalar(counted) or 0)


def _series(wanted: Wanted) -> Select[Any]:
    chosen = select(series).order_by(series.c.device, series.c.channel, series.c.unit)
    if wanted.device is not None:
        chosen = chosen.where(series.c.device == wanted.device)
    if wanted.channel is not None:
        chosen = chosen.where(series.c.channel == wanted.channel)
    return chosen


def _readings_of(number: int, wanted: Wanted) -> Any:
    """One series from both tables, by time and then in the order in which it came."""
    merged, unmerged = (
        select(table.c.at, order.label("nth"), table.c.value, table.c.raw, table.c.quality, table.c.clock_log).where(
            table.c.series == number, *_within(table, wanted)
        )
        for table, order in ((reading, reading.c.nth), (recent, literal(2**31) + recent.c.id))
    )
    return union_all(merged, unmerged).order_by("at", "nth")


def _once(rows: Iterator[Row[Any]]) -> Iterator[Row[Any]]:
    """Drop what stands in both tables until the next merge."""
    at: int | None = None
    seen: set[tuple[Any, ...]] = set()
    for row in rows:
        if row.at != at:
            at = row.at
            seen.clear()
        content = row.value, row.raw, row.quality, row.clock_log
        if content not in seen:
            seen.add(content)
            yield row


def _within(table: Table, wanted: Wanted) -> list[ColumnElement[bool]]:
    bounds = []
    if wanted.since is not None:
        bounds.append(table.c.at >= -((EPOCH - wanted.since) // MILLISECOND))
    if wanted.until is not None:
        bounds.append(table.c.at < -((EPOCH - wanted.until) // MILLISECOND))
    return bounds


def _corrected_logs(connection: Connection) -> frozenset[int]:
    return frozenset(connection.scalars(select(log.c.id).where(log.c.correction_ms.is_not(None))))


def _stream(connection: Connection, chosen: Any) -> Iterator[Row[Any]]:
    yield from connection.execute(chosen.execution_options(yield_per=ROWS_AT_ONCE))
