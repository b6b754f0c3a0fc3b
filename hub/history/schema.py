"""The tables of the history. Times are integer milliseconds of UTC since 1970.

Readings first go to `recent`, which only grows at its end, and are merged from time to time into `reading`, which
lies clustered in the order in which it is read (docs/decisions/0005-history.md says what that saves). Roll-ups will
be filled by the same merge.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from devices.device import Quality

QUALITIES = (Quality.OK, Quality.SUSPECT, Quality.STALE, Quality.FAILED)
"""A quality is stored as its place here; new ones go to the end."""

metadata = MetaData()

ROW_NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the type is called INTEGER."""

series = Table(
    "series",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("unit", Text, nullable=False),
    UniqueConstraint("device", "channel", "unit"),
)

log = Table(
    "log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("node", Text, nullable=False),
    Column("watermark", BigInteger, nullable=False),
    Column("lost", BigInteger, nullable=False),
    # What was added to the times of this log that were measured without a trusted clock; null until known.
    Column("correction_ms", BigInteger),
)

# Numbers above the watermark that are stored already.
stored_above = Table(
    "stored_above",
    metadata,
    Column("log", ForeignKey("log.id"), primary_key=True),
    Column("first", BigInteger, primary_key=True),
    Column("last", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)


def _measured() -> tuple[Column[float], ...]:
    return (
        Column("value", Double),
        Column("raw", Double),
        Column("quality", SmallInteger, nullable=False),
        # The log whose clock was not trusted when this was measured; null where it was.
        Column("clock_log", ForeignKey("log.id")),
    )


recent = Table(
    "recent",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True),
    Column("series", ForeignKey("series.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    *_measured(),
)

reading = Table(
    "reading",
    metadata,
    Column("series", ForeignKey("series.id"), primary_key=True),
    Column("at", BigInteger, primary_key=True),
    # 0, or a further one where different values of one series bear the same millisecond.
    Column("nth", Integer, primary_key=True),
    *_measured(),
    sqlite_with_rowid=False,
)

event = Table(
    "event",
    metadata,
    Column("log", ForeignKey("log.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("device", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("data", Text, nullable=False),
    Column("untrusted", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

Index("event_device_at", event.c.device, event.c.at)
Index(
    "reading_untrusted",
    reading.c.clock_log,
    sqlite_where=reading.c.clock_log.is_not(None),
    postgresql_where=reading.c.clock_log.is_not(None),
)
