"""Whether the house is open, and whether it is quiet, at a moment: local time, with summer and winter time right.

A time that the clocks skip in spring comes at the jump; one that they show twice in autumn counts the first time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from devices.arcade.options import Day, Hours
from devices.board.clock import Moment
from devices.device import Json
from devices.errors import HardwareMissing

ZONE = "Europe/Paris"
DAYS = tuple(Day)
"""In the order of `date.weekday`."""
LOOK_AGAIN_S = 60.0
"""A clock may be set meanwhile."""
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class HoursNow:
    """`changes` is when it opens or closes next (local, aware); None: never, or nobody knows."""

    is_open: bool
    quiet: bool
    today: date | None
    """The local date; None while the clock is not trusted."""
    changes: datetime | None
    look_again_s: float
    """When to ask again at the latest."""

    @property
    def trusted(self) -> bool:
        return self.today is not None

    def state(self) -> Mapping[str, Json]:
        """The state `hours`."""
        return {
            "open": self.is_open,
            "quiet": self.quiet,
            "next": None if self.changes is None else f"{self.changes:%H:%M}",
            "clock": "trusted" if self.trusted else "untrusted",
        }


def local_zone(name: str = ZONE) -> ZoneInfo:
    """The time of the house.

    Raises:
        HardwareMissing: this Pi does not know the time zones.
    """
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        raise HardwareMissing(f"the time zone {name} is not known: sudo apt install tzdata") from None


class HouseHours:
    """Opening and quiet hours of the house. Without opening hours it is always open. Errors as in `local_zone`."""

    def __init__(self, opening: Sequence[Hours], quiet: Sequence[Hours], *, zone: str = ZONE) -> None:
        self._opening = opening
        self._quiet = quiet
        self._zone = local_zone(zone)

    def at(self, moment: Moment) -> HoursNow:
        """While the clock is not trusted the house counts as open, and as quiet where it has quiet hours at all."""
        if not moment.trusted:
            return HoursNow(True, bool(self._quiet), today=None, changes=None, look_again_s=LOOK_AGAIN_S)
        now = moment.utc
        today = now.astimezone(self._zone).date()
        opening, quiet = (tuple(self._spans(hours, today)) for hours in (self._opening, self._quiet))
        changes = _next_change(opening, now)
        soonest = min(filter(None, (changes, _next_change(quiet, now))), default=None)
        return HoursNow(
            is_open=not opening or _inside(opening, now),
            quiet=_inside(quiet, now),
            today=today,
            changes=None if changes is None else changes.astimezone(self._zone),
            look_again_s=LOOK_AGAIN_S if soonest is None else min(LOOK_AGAIN_S, (soonest - now).total_seconds()),
        )

    def _spans(self, hours: Sequence[Hours], today: date) -> Iterator[tuple[datetime, datetime]]:
        """The times in UTC from yesterday, for what goes on past midnight, to the same day of the next week."""
        for day in (today + n * A_DAY for n in range(-1, 8)):
            for each in hours:
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


def _next_change(spans: Sequence[tuple[datetime, datetime]], now: datetime) -> datetime | None:
    """The first moment after `now` at which being inside changes; spans that touch or overlap are one."""
    inside = _inside(spans, now)
    times = sorted({at for span in spans for at in span if at > now})
    return next((at for at in times if _inside(spans, at) is not inside), None)
