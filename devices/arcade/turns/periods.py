"""The weeks, months and years of the centre's calendar."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Period:
    """Unix seconds; `until_s` is excluded."""

    since_s: float
    until_s: float


def current(now: datetime, zone: ZoneInfo) -> Mapping[str, Period]:
    """The `week` (from Monday), `month` and `year` around `now` (aware)."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    return {
        "week": _between(monday, monday + timedelta(days=7), zone),
        "month": _between(first, (first + timedelta(days=31)).replace(day=1), zone),
        "year": of_year(today.year, zone),
    }


def of_year(year: int, zone: ZoneInfo) -> Period:
    return _between(date(year, 1, 1), date(year + 1, 1, 1), zone)


def _between(since: date, until: date, zone: ZoneInfo) -> Period:
    return Period(*(datetime.combine(day, time(), zone).timestamp() for day in (since, until)))
