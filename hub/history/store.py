"""The history's database as its one writer sees it. All of this runs in the writer's thread."""

import json
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import isfinite
from pathlib import Path
from typing import Self, TypeAlias

from sqlalchemy import Connection, Insert, func, insert, select

from devices.device import Event, Quality, Reading
from hub.bus import Backlog, Entry, Stored
from hub.database.sqlite import writing_engine
from hub.database.upgrade import upgrade
from hub.history import merge, retention
from hub.history.logs import Log, Logs
from hub.history.schema import QUALITIES, event, recent, series
from hub.lab import Lab

log = logging.getLogger(__name__)

MIGRATIONS = "hub.history:migrations"
EPOCH = datetime.fromtimestamp(0, UTC)
MILLISECOND = timedelta(milliseconds=1)
MERGE_EVERY_S = 3600.0
MERGE_ROWS = 50_000
"""So many recent readings are merged before their hour is over."""


@dataclass(frozen=True, slots=True)
class ClockCorrection:
    """A node has learnt the time: what to add to the untrusted times of one of its logs."""

    node: str
    log: str
    milliseconds: int


@dataclass(slots=True)
class Counters:
    """What became of the readings and events that were heard since this process began."""

    stored: int = 0
    repeated: int = 0
    """Came again, because their acknowledgement had not arrived."""
    lost: int = 0
    """Given up by their nodes, or nothing that can be stored."""
    dropped: int = 0
    """Not stored because the disk was too slow or full; their nodes send them again."""

    def add(self, more: "Counters") -> None:
        self.stored += more.stored
        self.repeated += more.repeated
        self.lost += more.lost
        self.dropped += more.dropped


Item: TypeAlias = Entry | Backlog | ClockCorrection


@dataclass(slots=True)
class _Rows:
    """What one transaction will write."""

    readings: list[tuple[int, int, float | None, float | None, int, int | None]] = field(default_factory=list)
    events: list[tuple[int, int, str, str, int, str, bool]] = field(default_factory=list)
    touched: dict[str, Log] = field(default_factory=dict)
    counted: Counters = field(default_factory=Counters)


class Store:
    """An open history. After an error it must be closed and opened again: what it remembers may be ahead of the disk.

    `lab` says at which node a device stands, and with that whose log it is that has not been heard before.
    """

    def __init__(self, connection: Connection, lab: Lab, counters: Counters) -> None:
        self.usable = True
        self._connection = connection
        self._lab = lab
        self._counters = counters
        with connection.begin():
            self.logs = Logs(connection)
            self._series = {(one.device, one.channel, one.unit): one.id for one in connection.execute(select(series))}
            self._recent: int = connection.scalar(select(func.count()).select_from(recent)) or 0
        self._merge_at = time.monotonic() + MERGE_EVERY_S
        self._complained_of: set[str] = set()
        # The drivers' own statements with tuples: a fifth of the time that SQLAlchemy needs with a dict for each row.
        self._insert_recent = _positional(connection, insert(recent), recent.c.keys()[1:])
        self._insert_event = _positional(connection, insert(event), event.c.keys())

    @classmethod
    @contextmanager
    def open(cls, path: Path, lab: Lab, counters: Counters) -> Iterator[Self]:
        """The history at `path`, made or brought up to date where needed.

        Raises:
            NewerDatabase: it was written by a newer program.
            sqlalchemy.exc.DBAPIError: the file or the disk does not let us.
        """
        with writing_engine(path).connect() as connection:
            upgrade(connection, MIGRATIONS, named="the history")
            yield cls(connection, lab, counters)

    def take(self, items: Sequence[Item]) -> tuple[Stored, ...]:
        """Store what is new of all this in one transaction; what the nodes that it came from may forget."""
        if not self.usable:
            raise RuntimeError("a store that has failed must be opened again")
        self.usable = False
        rows = _Rows()
        with self._connection.begin():
            for item in items:
                match item:
                    case Entry():
                        self._take_live(item, rows)
                    case Backlog():
                        self._take_backlog(item, rows)
                    case ClockCorrection():
                        self._take_correction(item, rows)
            self._write(rows)
            if rows.touched:
                self.logs.save(rows.touched.values())
        self.usable = True
        self._counters.add(rows.counted)
        return self._acknowledgements({one.node for one in rows.touched.values()})

    def acknowledgements(self) -> tuple[Stored, ...]:
        """What each node may forget."""
        return self._acknowledgements(self.logs.nodes)

    def _acknowledgements(self, nodes: Iterable[str]) -> tuple[Stored, ...]:
        return tuple(Stored(node, self.logs.acknowledged(node)) for node in nodes)

    @property
    def merge_due(self) -> bool:
        return self._recent >= MERGE_ROWS or (self._recent > 0 and time.monotonic() >= self._merge_at)

    def merge(self) -> None:
        """Move the recent readings to where they are read from."""
        with self._connection.begin():
            merge.merge(self._connection)
        self._recent = 0
        self._merge_at = time.monotonic() + MERGE_EVERY_S

    def purge(self, now: datetime) -> int:
        """Delete what has been kept long enough; how many events that were."""
        with self._connection.begin():
            return retention.purge(self._connection, now)

    def _take_live(self, entry: Entry, rows: _Rows) -> None:
        known = self.logs.get(entry.log)
        if known is None:
            device = self._lab.devices.get(entry.device)
            if device is None:
                return  # nobody to acknowledge it to; the node's backlog will say whose it is
            known = self.logs.of(entry.log, device.node)
        rows.touched[known.name] = known
        self._take(entry, known, rows)

    def _take_backlog(self, backlog: Backlog, rows: _Rows) -> None:
        owner = backlog.log.partition(".")[0]
        if owner != backlog.node and owner in self._lab.nodes:
            self._complain(backlog.node, f"sends a backlog of {owner}'s log {backlog.log}, which is refused")
            return
        known = self.logs.of(backlog.log, backlog.node)
        rows.touched[known.name] = known
        kept_from = min([backlog.first, *(entry.seq for entry in backlog.entries[:1])])
        given_up = [(1, kept_from - 1), *backlog.lost]
        if lost := sum(known.marks.give_up(first, last) for first, last in given_up):
            rows.counted.lost += lost
            log.warning("%s has lost %d readings and events before they could be stored here", known.node, lost)
        for entry in backlog.entries:
            self._take(entry, known, rows)

    def _take(self, entry: Entry, known: Log, rows: _Rows) -> None:
        if not known.marks.add(entry.seq):
            rows.counted.repeated += 1
            return
        message = entry.message
        try:
            if type(message) is Reading:
                self._take_reading(entry.device, message, known, rows)
            elif type(message) is Event:
                self._take_event(entry, message, known, rows)
        except (TypeError, ValueError, OverflowError) as error:
            known.marks.lost += 1
            rows.counted.lost += 1
            self._complain(entry.device, f"gives what cannot be stored: {message!r}: {error}")

    def _take_reading(self, device: str, message: Reading, known: Log, rows: _Rows) -> None:
        at = message.at
        milliseconds = (at.utc - EPOCH) // MILLISECOND
        if not at.trusted:
            milliseconds += known.correction_ms or 0
        key = (device, message.channel, message.unit)
        quality = message.quality
        rows.readings.append(
            (
                self._series.get(key) or self._new_series(*key),
                milliseconds,
                _number(message.value),
                _number(message.raw),
                0 if quality is Quality.OK else QUALITIES.index(quality),
                None if at.trusted else known.id,
            )
        )

    def _take_event(self, entry: Entry, message: Event, known: Log, rows: _Rows) -> None:
        milliseconds = (message.at.utc - EPOCH) // MILLISECOND
        if not message.at.trusted:
            milliseconds += known.correction_ms or 0
        data = json.dumps(message.data, allow_nan=False)
        rows.events.append(
            (known.id, entry.seq, entry.device, message.kind, milliseconds, data, not message.at.trusted)
        )

    def _take_correction(self, correction: ClockCorrection, rows: _Rows) -> None:
        known = self.logs.get(correction.log)
        if known is not None and (known.node != correction.node or known.correction_ms is not None):
            return
        known = known or self.logs.of(correction.log, correction.node)
        self._write(rows)
        known.correction_ms = correction.milliseconds
        rows.touched[known.name] = known
        self._recent += merge.correct(self._connection, known.id, correction.milliseconds)

    def _write(self, rows: _Rows) -> None:
        rows.counted.stored += len(rows.readings) + len(rows.events)
        if rows.readings:
            self._connection.exec_driver_sql(self._insert_recent, rows.readings)
            self._recent += len(rows.readings)
        if rows.events:
            self._connection.exec_driver_sql(self._insert_event, rows.events)
        rows.readings, rows.events = [], []

    def _complain(self, who: str, what: str) -> None:
        """Once for each."""
        if who not in self._complained_of:
            self._complained_of.add(who)
            log.error("%s %s", who, what)

    def _new_series(self, device: str, channel: str, unit: str) -> int:
        new = insert(series).values(device=device, channel=channel, unit=unit).returning(series.c.id)
        number: int = self._connection.execute(new).scalar_one()
        self._series[device, channel, unit] = number
        return number


def _number(value: float | None) -> float | None:
    if value is None:
        return None
    if not isfinite(value):
        raise ValueError("not a finite number")
    return float(value)


def _positional(connection: Connection, statement: Insert, columns: Iterable[str]) -> str:
    return str(statement.compile(dialect=connection.dialect, column_keys=list(columns)))
