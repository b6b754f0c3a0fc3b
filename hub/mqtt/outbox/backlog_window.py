"""How much backlog may be under way, and where it goes on: go-back-N with a window that grows as it is acknowledged.

The history acknowledges at most every two seconds and may be away. As in TCP (RFC 5681, RFC 6298) the window doubles
with each acknowledgement, shrinks to one when none comes, and the patience then doubles up to a limit.
"""

from collections import deque
from collections.abc import Mapping

WINDOW_FIRST = 4
WINDOW_MOST = 12
"""Batches of up to 64 KiB. Few enough that the history names all their logs in one acknowledgement."""
PATIENCE_FIRST_S = 6.0
PATIENCE_MOST_S = 60.0


class BacklogWindow:
    """For each log: what is acknowledged, and what has been sent. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._marks: dict[str, int] = {}
        self._reached: dict[str, int] = {}
        self._under_way: deque[tuple[str, int]] = deque()
        self._size = WINDOW_FIRST
        self._patience_s = PATIENCE_FIRST_S
        self._progress_at = 0.0

    def restart(self) -> None:
        """A new connection: begin again with what is not acknowledged."""
        self._go_back(WINDOW_FIRST)
        self._patience_s = PATIENCE_FIRST_S

    def may_send(self, now: float) -> bool:
        """Whether another batch may go; also notices that no acknowledgement has come for too long."""
        if self._under_way and now - self._progress_at > self._patience_s:
            self._go_back(1)
            self._patience_s = min(2 * self._patience_s, PATIENCE_MOST_S)
        return len(self._under_way) < self._size

    def acknowledged(self, log: str) -> int:
        """All up to this number is stored."""
        return self._marks.get(log, 0)

    def reached(self, log: str) -> int:
        """All up to this number is sent or stored."""
        return max(self._marks.get(log, 0), self._reached.get(log, 0))

    def sent(self, log: str, last: int, now: float) -> None:
        """A batch that ends with `last` is on its way."""
        if not self._under_way:
            self._progress_at = now
        self._under_way.append((log, last))
        self._reached[log] = last

    def skip(self, log: str, last: int) -> None:
        """There is nothing to send up to `last`."""
        self._reached[log] = max(last, self._reached.get(log, 0))

    def acknowledge(self, marks: Mapping[str, int], now: float) -> None:
        """The history has spoken: it is there, even where it says nothing new."""
        self._patience_s = PATIENCE_FIRST_S
        risen = {log: mark for log, mark in marks.items() if mark > self._marks.get(log, 0)}
        self._marks.update(risen)
        before = len(self._under_way)
        if self._under_way and self._under_way[0][0] in risen:
            self._progress_at = now  # live entries rise all the time; only the oldest batch's own log tells of its fate
        self._under_way = deque((log, last) for log, last in self._under_way if last > self._marks.get(log, 0))
        if len(self._under_way) < before:
            self._size = min(2 * self._size, WINDOW_MOST)

    def settle(self, log: str, last: int, now: float) -> None:
        """One batch is acknowledged by itself, whatever became of those before it."""
        if (log, last) in self._under_way:
            self._under_way.remove((log, last))
            self._size = min(2 * self._size, WINDOW_MOST)
            self._progress_at = now

    def forget(self, log: str) -> None:
        """Nothing of this log is left."""
        self._marks.pop(log, None)
        self._reached.pop(log, None)

    def _go_back(self, size: int) -> None:
        self._under_way.clear()
        self._reached.clear()
        self._size = size
