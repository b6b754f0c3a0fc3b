"""From `recent` to `reading`: whole sets at a time, inside the database.

A reading that stands there already (same series, time and content) is dropped. Different readings of one series that
bear the same millisecond are all kept, in the order in which they came: `nth` tells them apart.
"""

from sqlalchemy import ColumnElement, Connection, Insert, Table, delete, exists, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from hub.history.schema import event, reading, recent

CONTENT = ("value", "raw", "quality", "clock_log")


def merge(connection: Connection) -> None:
    """Move all of `recent` to its place; call it inside a transaction."""
    try:
        with connection.begin_nested():
            connection.execute(_as_they_are())
    except IntegrityError:  # rare: some stand there already, or share their millisecond
        connection.execute(_told_apart())
    connection.execute(delete(recent))


def correct(connection: Connection, log: int, milliseconds: int) -> int:
    """Shift what this log measured without a trusted clock; how many readings went back to `recent` for it.

    Shifted times may meet others that are there: the next merge settles that as it does for all.
    """
    connection.execute(update(recent).where(recent.c.clock_log == log).values(at=recent.c.at + milliseconds))
    shifted = select(reading.c.series, reading.c.at + milliseconds, *(reading.c[name] for name in CONTENT)).where(
        reading.c.clock_log == log
    )
    moved = connection.execute(insert(recent).from_select(["series", "at", *CONTENT], shifted)).rowcount
    if moved:
        connection.execute(delete(reading).where(reading.c.clock_log == log))
    connection.execute(update(event).where(event.c.log == log, event.c.untrusted).values(at=event.c.at + milliseconds))
    return moved


def _as_they_are() -> Insert:
    chosen = select(*_key(recent), literal(0), *_content(recent)).order_by(*_key(recent))
    return insert(reading).from_select(reading.c.keys(), chosen)


def _told_apart() -> Insert:
    new = (
        select(func.min(recent.c.id).label("id"), *_key(recent), *_content(recent))
        .group_by(*_key(recent), *_content(recent))
        .subquery("new")
    )
    same_moment = (reading.c.series == new.c.series) & (reading.c.at == new.c.at)
    same_content = same_moment
    for name in CONTENT:
        same_content &= reading.c[name].is_not_distinct_from(new.c[name])
    last = select(func.coalesce(func.max(reading.c.nth), -1)).where(same_moment).scalar_subquery()
    rank = func.row_number().over(partition_by=(new.c.series, new.c.at), order_by=new.c.id)
    chosen = (
        select(new.c.series, new.c.at, last + rank, *(new.c[name] for name in CONTENT))
        .where(~exists().where(same_content))
        .order_by(new.c.series, new.c.at)
    )
    return insert(reading).from_select(reading.c.keys(), chosen)


def _key(table: Table) -> tuple[ColumnElement[int], ...]:
    return table.c.series, table.c.at


def _content(table: Table) -> tuple[ColumnElement[float], ...]:
    return tuple(table.c[name] for name in CONTENT)
