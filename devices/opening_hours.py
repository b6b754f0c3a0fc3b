"""Times of the week in the local time of the house, with summer and winter time right.

A time that the clocks skip in spring comes at the jump; one that they show twice in autumn counts the first time.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from devices.errors import HardwareMissing
from devices.options import STRICT, About

ZONE = "Europe/Paris"
A_DAY = timedelta(days=1)


class Day(StrEnum):
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


DAYS = tuple(Day)
"""In the order of `date.weekday`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A time of the week; `until` earlier than `since` is on the next day.

    Raises:
        ValueError: it ends when it begins.
    """

    __pydantic_config__ = STRICT
    days: Annotated[tuple[Day, ...], About("Days on which it begins; all of them if left out.")] = tuple(Day)
    since: Annotated[time, About('Local time at which it begins: "14:00".')]
    until: Annotated[time, About('Local time at which it ends: "18:30".')]

    def __post_init__(self) -> None:
        if self.since == self.until:
            raise ValueError("these hours end when they begin: leave them out for the whole day")


def local_zone(name: str = ZONE) -> ZoneInfo:
    """The time of the house.

    Raises:
        HardwareMissing: this Pi does not know the time zones.
    """
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        raise HardwareMissing(f"the time zone {name} is not known: sudo apt install tzdata") from None


class Week:
    """The hours of every week, but for days on which there are none."""

    def __init__(self, hours: Sequence[Hours], zone: ZoneInfo, *, closed: Collection[date] = ()) -> None:
        self._hours = hours
        self._zone = zone
        self._closed = closed

    def covers(self, now: datetime) -> bool:
        """Whether `now` (UTC, aware) is within one of them."""
        return any(since <= now < until for since, until in self._spans(now, days=1))

    def next_change(self, now: datetime) -> datetime | None:
        """The first moment after `now` (UTC) at which being within changes; hours that touch or overlap are one."""
        spans = tuple(self._spans(now, days=8))
        inside = _inside(spans, now)
        times = sorted({at for span in spans for at in span if at > now})
        return next((at for at in times if _inside(spans, at) is not inside), None)

    def _spans(self, now: datetime, *, days: int) -> Iterator[tuple[datetime, datetime]]:
        """The times in UTC of yesterday, for what goes on past midnight, and of so many days from today."""
        today = now.astimezone(self._zone).date()
        for day in (today + n * A_DAY for n in range(-1, days)):
            for each in self._hours if day not in self._closed else ():
                if DAYS[day.weekday()] in each.days:
                    ends_on = day if each.since < each.until else day + A_DAY
                    yield self._reached(day, each.since), self._reached(ends_on, each.until)

    def _reached(self, day: date, wall: time) -> datetime:
        """When the clocks on the wall first show this time or a later one, in UTC."""
        local = datetime.combine(day, wall.replace(tzinfo=None, fold=0), self._zone)
        utc = local.astimezone(UTC)
        if utc.astimezone(self._zone).replace(tzinfo=None) == local.replace(tzinfo=None):
            return utc
        return self._jump(local.replace(fold=1).astimezone(UTC), utc)

    def _jump(self, before: datetime, after: datetime) -> datetime:
        """The moment between these two at which the clocks are set forward."""
        offset = before.astimezone(self._zone).utcoffset()
        while after - before > timedelta(seconds=1):
            middle = before + (after - before) // 2
            if middle.astimezone(self._zone).utcoffset() == offset:
                before = middle
            else:
                after = middle
        return after.replace(microsecond=0)


def _inside(spans: Sequence[tuple[datetime, datetime]], now: datetime) -> bool:
    return any(since <= now < until for since, until in spans)
