"""What is kept, why, and how long: the table that the page shows, and the daily work that keeps the promise.

Sources: RGPD (EU 2016/679), articles 5 and 17; CNIL, "L'accès aux locaux et le contrôle des horaires" (movements at
doors at most three months); CNIL, "Les durées de conservation des données" (contacts at most three years after the
last one).
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import Connection, delete, or_, select, update

from devices.board.clock import Clock
from devices.opening_hours import local_zone
from devices.policy.policy import BadgeState
from hub.members import erasure
from hub.members.journal import Journal
from hub.members.model import HUB, Conflict
from hub.members.rows import milliseconds, now, this_month
from hub.members.schema import audit_head, badge, member, session
from hub.members.store import Store

log = logging.getLogger(__name__)

MOVEMENTS_KEPT = timedelta(days=90)
INACTIVE_KEPT = timedelta(days=3 * 365)
ACTS_KEPT = timedelta(days=365)
OLD_BADGES_KEPT = timedelta(days=365)
LOOK_EVERY_S = 600.0
FIRST_MONTH = date(2026, 1, 1)
"""No lab ran this before: what is older was written by a clock that did not know the time."""
ERASED_AT_ONCE = 200


class Kept(StrEnum):
    """One kind of data. The pages have words for each."""

    MEMBERS = "members"
    TRAININGS = "trainings"
    BADGES = "badges"
    MOVEMENTS = "movements"
    SESSIONS_AT_MACHINES = "sessions-at-machines"
    ACTS = "acts"
    ACCOUNTS = "accounts"
    LOGINS = "logins"


class Reason(StrEnum):
    """Why it is kept. The pages have words for each."""

    MEMBERSHIP = "membership"
    """To run the association: its contract with the member."""
    SAFETY = "safety"
    """That only those who were trained work at dangerous machines, and what happened there."""
    SECURITY = "security"
    """Of the house and of what stands in it."""
    ACCOUNTABILITY = "accountability"
    """To show afterwards who changed whose rights."""


@dataclass(frozen=True, slots=True)
class Retention:
    """A row of the table."""

    kept: Kept
    reason: Reason
    days: int
    after: str
    """From when they count: a stable word for the pages."""


RETENTION = (
    Retention(Kept.MEMBERS, Reason.MEMBERSHIP, INACTIVE_KEPT.days, "last-contact"),
    Retention(Kept.TRAININGS, Reason.SAFETY, INACTIVE_KEPT.days, "last-contact"),
    Retention(Kept.BADGES, Reason.SECURITY, OLD_BADGES_KEPT.days, "revoked"),
    Retention(Kept.MOVEMENTS, Reason.SECURITY, MOVEMENTS_KEPT.days, "happened"),
    Retention(Kept.SESSIONS_AT_MACHINES, Reason.SAFETY, MOVEMENTS_KEPT.days, "happened"),
    Retention(Kept.ACTS, Reason.ACCOUNTABILITY, ACTS_KEPT.days, "happened"),
    Retention(Kept.ACCOUNTS, Reason.MEMBERSHIP, INACTIVE_KEPT.days, "last-contact"),
    Retention(Kept.LOGINS, Reason.SECURITY, 1, "logged-out"),
)
"""What is kept of people, in the order in which the page shows it."""


async def forget_in_time(store: Store, journal: Journal, clock: Clock) -> None:
    """Once a day: forget what has been kept long enough, until cancelled. Never by a clock that cannot be believed."""
    done: date | None = None
    while True:
        now = clock.now()
        day = now.utc.astimezone(local_zone()).date()
        if now.trusted and day != done:
            if forgotten := await store.write(forget, day):
                log.info("%d members of whom nobody has heard for three years were erased", forgotten)
            journal.purge(day - ACTS_KEPT, "kept long enough")
            done = day
        await asyncio.sleep(LOOK_EVERY_S)


def forget(connection: Connection, day: date) -> int:
    """Forget what was kept long enough on this day; how many members were erased."""
    connection.execute(delete(session).where(session.c.expires <= milliseconds(now())))
    old = milliseconds(_midnight(day - OLD_BADGES_KEPT))
    connection.execute(delete(badge).where(badge.c.state == BadgeState.REVOKED.value, badge.c.ended < old))
    connection.execute(delete(audit_head).where(audit_head.c.at < milliseconds(_midnight(day - ACTS_KEPT))))
    wrong = member.c.active < FIRST_MONTH
    connection.execute(update(member).where(wrong).values(active=this_month(day)))
    return sum(_erased(connection, id) for id in _inactive(connection, day))  # noqa: A001 - as everywhere


def _inactive(connection: Connection, day: date) -> list[str]:
    """Members whose membership has ended, or has no end, and of whom nobody has heard for so long."""
    last = day - INACTIVE_KEPT
    is_over = or_(member.c.until.is_(None), member.c.until < last)
    return list(
        connection.scalars(select(member.c.id).where(member.c.active < this_month(last), is_over).limit(ERASED_AT_ONCE))
    )


def _erased(connection: Connection, id: str) -> bool:  # noqa: A002
    try:
        erasure.erase(connection, id, by=HUB)
    except Conflict as error:  # the last administrator stays
        log.warning("a member who was inactive for three years is kept: %s", error)
        return False
    return True


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), local_zone())
