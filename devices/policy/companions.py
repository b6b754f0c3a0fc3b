"""Who has just come to a reader, and who waits there for company.

A minor needs an adult, a beginner a supervisor, a dangerous place a second person; whoever of them comes first is
refused, and decided about again when the next one shows a badge.
"""

from collections.abc import Mapping
from typing import Generic, TypeVar

WINDOW_S = 30.0

Swipe = TypeVar("Swipe")
"""Whatever its owner needs to decide about somebody again."""


class Companions(Generic[Swipe]):
    """Of one place. Times are seconds of `time.monotonic()`."""

    def __init__(self, window_s: float = WINDOW_S) -> None:
        self._window_s = window_s
        self._came: dict[str, float] = {}
        self._waiting: dict[str, tuple[float, Swipe]] = {}

    def came(self, member: str, now_s: float) -> None:
        """A member has shown a badge here (`Decision.came`), let in or not."""
        self._came[member] = now_s

    def beside(self, now_s: float) -> frozenset[str]:
        """Who came within the window."""
        self._came = {member: at_s for member, at_s in self._came.items() if now_s - at_s <= self._window_s}
        return frozenset(self._came)

    def wait(self, member: str, swipe: Swipe, now_s: float) -> None:
        """Refused for one of `COMPANION_HELPS`: decide again when the next one comes."""
        self._waiting[member] = now_s, swipe

    def waiting(self, now_s: float) -> Mapping[str, Swipe]:
        """Who still waits, in the order in which they came."""
        self._waiting = {who: each for who, each in self._waiting.items() if now_s - each[0] <= self._window_s}
        return {member: swipe for member, (_, swipe) in self._waiting.items()}

    def settled(self, member: str) -> None:
        """Let in, or refused for something else: waits no more."""
        self._waiting.pop(member, None)
