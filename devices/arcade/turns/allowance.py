"""How many turns a badge has had today."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from devices.device import Json

DAY_S = 24 * 3600.0


class Allowance:
    """Turns of each badge in a day.

    Where nobody knows the date, turns are counted apart: for 24 hours of running, or until the Pi starts again (it
    is better to give a child a turn too many than to refuse one today for yesterday's turns). When the date becomes
    known, they are added to what that day had already.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._today: date | None = None
        self._dated: Counter[str] = Counter()
        self._dated_on: date | None = None
        """The day of `_dated`, also while nobody knows whether it is over."""
        self._undated: Counter[str] = Counter()
        self._undated_since_s: float | None = None

    def day(self, today: date | None, now_s: float) -> None:
        """It is `today`; None: the clock is not trusted."""
        self._today = today
        if today is None:
            if self._undated_since_s is None or now_s - self._undated_since_s >= DAY_S:
                self._undated.clear()
                self._undated_since_s = now_s
            return
        if today != self._dated_on:
            self._dated.clear()
            self._dated_on = today
        self._dated.update(self._undated)
        self._undated.clear()
        self._undated_since_s = None

    @property
    def _counted(self) -> Counter[str]:
        return self._undated if self._today is None else self._dated

    def left(self, credential: str) -> int:
        """How many turns this badge may still have today."""
        return max(0, self.most - self._counted[credential])

    def take(self, credential: str) -> None:
        self._counted[credential] += 1

    @property
    def taken(self) -> int:
        """Turns of all badges."""
        return self._counted.total()

    def snapshot(self, now_s: float) -> Mapping[str, Json]:
        since_s = self._undated_since_s
        return {
            "dated_on": None if self._dated_on is None else self._dated_on.isoformat(),
            "dated": dict(self._dated),
            "undated": dict(self._undated),
            "undated_since_s": None if since_s is None else since_s - now_s,
        }

    def restore(self, fields: Mapping[str, Any], zero_s: float, *, same_day: bool) -> None:
        """`same_day`: whether what was counted without a date still counts. Errors as in `Turns.restore`."""
        dated_on, since_s = fields["dated_on"], fields["undated_since_s"]
        self._dated_on = None if dated_on is None else date.fromisoformat(dated_on)
        self._dated = _counts(fields["dated"])
        if same_day and since_s is not None:
            self._undated = _counts(fields["undated"])
            self._undated_since_s = zero_s + float(since_s)


def _counts(fields: Mapping[str, Any]) -> Counter[str]:
    return Counter({str(credential): int(count) for credential, count in fields.items()})
