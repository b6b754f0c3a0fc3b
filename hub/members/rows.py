"""How times and pseudonyms stand in rows."""

import secrets
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from devices.opening_hours import ZONE, local_zone
from hub.members.schema import PSEUDONYM_DIGITS

EPOCH = datetime.fromtimestamp(0, UTC)
MILLISECOND = timedelta(milliseconds=1)


def new_pseudonym() -> str:
    """16 hex digits that tell nothing and were never given before (64 random bits)."""
    return secrets.token_hex(PSEUDONYM_DIGITS // 2)


def milliseconds(at: datetime) -> int:
    return (at - EPOCH) // MILLISECOND


def moment(stored: int) -> datetime:
    return EPOCH + stored * MILLISECOND


def moment_or_none(stored: int | None) -> datetime | None:
    return None if stored is None else moment(stored)


def now() -> datetime:
    """The hub's wall clock, to the millisecond, as it is stored."""
    return moment(milliseconds(datetime.now(UTC)))


def today(zone: ZoneInfo | None = None) -> date:
    """The day that it is in the house."""
    return datetime.now(zone or local_zone(ZONE)).date()


def this_month(day: date) -> date:
    return day.replace(day=1)
