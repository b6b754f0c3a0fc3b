"""Entries on their way to the disk: only so many, and none is lost in silence."""

from collections import deque
from collections.abc import Sequence
from itertools import islice

from devices.audit_log.entry import LOST, Unwritten


class Backlog:
    """A queue of at most `room` entries. Those for which there is no room are counted."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._waiting: deque[Unwritten] = deque()
        self._lost = 0
        self._last_lost: Unwritten | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def lost(self) -> int:
        """How many have found no room since the last `done`."""
        return self._lost

    def put(self, entry: Unwritten) -> None:
        if len(self._waiting) < self._room:
            self._waiting.append(entry)
        else:
            self._lost, self._last_lost = self._lost + 1, entry

    def first(self, count: int) -> Sequence[Unwritten]:
        """The `count` oldest; they stay until they are `done`."""
        return tuple(islice(self._waiting, count))

    def done(self, count: int) -> None:
        """The `count` oldest are on the disk. What was lost came after all that still wait."""
        for _ in range(count):
            self._waiting.popleft()
        if self._last_lost is not None:
            self._waiting.append(Unwritten.saying(LOST, {"entries": self._lost}, self._last_lost.at))
            self._lost, self._last_lost = 0, None
