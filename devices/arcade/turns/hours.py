"""Whether the house is open, and whether it is quiet, at a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from devices.board.clock import Moment
from devices.device import Json
from devices.opening_hours import ZONE, Hours, Week, local_zone

LOOK_AGAIN_S = 60.0
"""A clock may be set meanwhile."""


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


class HouseHours:
    """Opening and quiet hours of the house. Without opening hours it is always open.

    Raises:
        HardwareMissing: this Pi does not know the time zones.
    """

    def __init__(self, opening: Sequence[Hours], quiet: Sequence[Hours], *, zone: str = ZONE) -> None:
        self._zone = local_zone(zone)
        self._always_open = not opening
        self._ever_quiet = bool(quiet)
        self._opening = Week(opening, self._zone)
        self._quiet = Week(quiet, self._zone)

    def at(self, moment: Moment) -> HoursNow:
        """While the clock is not trusted the house counts as open, and as quiet where it has quiet hours at all."""
        if not moment.trusted:
            return HoursNow(True, self._ever_quiet, today=None, changes=None, look_again_s=LOOK_AGAIN_S)
        now = moment.utc
        changes = self._opening.next_change(now)
        soonest = min(filter(None, (changes, self._quiet.next_change(now))), default=None)
        return HoursNow(
            is_open=self._always_open or self._opening.covers(now),
            quiet=self._quiet.covers(now),
            today=now.astimezone(self._zone).date(),
            changes=None if changes is None else changes.astimezone(self._zone),
            look_again_s=LOOK_AGAIN_S if soonest is None else min(LOOK_AGAIN_S, (soonest - now).total_seconds()),
        )
