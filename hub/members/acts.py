"""What was done, on its way into the hub's audit log.

An act is written in the transaction that does it, so that nothing is done that is not logged, and nothing logged that
was not done; the service then moves it into the hash-chained log, which has one writer.
"""

import json
from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select, update

from devices.device import Json
from hub.members.model import Act
from hub.members.rows import milliseconds, moment, now
from hub.members.schema import act, change

AT_ONCE = 500


def done(connection: Connection, by: str, kind: str, **data: Json) -> None:
    """Note that `by` did it; whoever makes policies of the members sees that they have changed."""
    connection.execute(insert(act).values(at=milliseconds(now()), by=by, kind=kind, data=json.dumps(data)))
    changed(connection)


def changed(connection: Connection) -> None:
    """Let the service look, whichever process it is that writes."""
    connection.execute(update(change).values(count=change.c.count + 1))


def change_count(connection: Connection) -> int:
    """Another number than before means that something has changed."""
    return connection.scalar(select(change.c.count)) or 0


def waiting(connection: Connection) -> Sequence[tuple[int, Act]]:
    """The oldest acts that are not in the audit log yet, with their numbers."""
    rows = connection.execute(select(act).order_by(act.c.id).limit(AT_ONCE))
    return [(row.id, Act(moment(row.at), row.by, row.kind, json.loads(row.data))) for row in rows]


def logged(connection: Connection, up_to: int) -> None:
    """These are in the audit log, on disk."""
    connection.execute(delete(act).where(act.c.id <= up_to))
