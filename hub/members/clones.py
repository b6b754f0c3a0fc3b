"""Finds badges that are in two places at once: one of them is a copy."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

IMPOSSIBLE = timedelta(seconds=3)
"""Nobody shows one badge at two readers within it, unless they hang side by side."""
REMEMBERED_MOST = 10_000
"""Badges."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A badge at a reader."""

    reader: str
    at: datetime


class Sightings:
    """Where each badge was seen last."""

    def __init__(self) -> None:
        self._last: OrderedDict[str, Sighting] = OrderedDict()

    def seen(self, credential: str, sighting: Sighting) -> Sighting | None:
        """Note it; the sighting at another reader with which it cannot be the same badge, if there is one.

        What is heard late (a node was cut off) counts by the time at which it happened.
        """
        last = self._last.get(credential)
        if last is None or last.at <= sighting.at:
            self._last[credential] = sighting
            self._last.move_to_end(credential)
        while len(self._last) > REMEMBERED_MOST:
            self._last.popitem(last=False)
        if last is None or last.reader == sighting.reader or abs(sighting.at - last.at) >= IMPOSSIBLE:
            return None
        return last
