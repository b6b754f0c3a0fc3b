"""What the history does not keep for good: where people went.

Movements at doors are kept for three months at most (CNIL, "L'accès aux locaux et le contrôle des horaires"). How
far each log is stored does not depend on what is still there: nothing that was purged is asked for or taken again.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete

from hub.history.schema import event

MOVEMENTS = (
    "access",
    "passed",
    "badge",
    "refused",
    "unlocked",
    "session-started",
    "session-ended",
    "released",
    "maintained",
)
"""The kinds of event that say who was where: of readers, doors and machines."""
KEPT = timedelta(days=90)


def purge(connection: Connection, now: datetime) -> int:
    """Delete the movements that happened before `now` (aware) by more than `KEPT`; how many these were."""
    before = round((now - KEPT).timestamp() * 1000)
    return connection.execute(delete(event).where(event.c.kind.in_(MOVEMENTS), event.c.at < before)).rowcount
