"""What waits for its turn on the live topics while the connection is busy: fair to every channel, and bounded."""

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import TypeAlias

from devices.device import Event, Reading
from hub.bus import Entry

Lane: TypeAlias = tuple[str, str]
"""A device's channel, or its events of one kind: each has a lane of its own."""

WAITING_MOST = 2_000


def lane_of(entry: Entry) -> Lane:
    match entry.message:
        case Reading(channel=channel):
            return entry.device, channel
        case Event(kind=kind):
            return entry.device, f"event/{kind}"
        case other:
            raise TypeError(f"a {type(other).__name__} is not numbered")


class LiveQueue:
    """Numbers of entries, taken from each lane in turn, so that a flood in one never delays the others.

    When full, the oldest of a lane gives way to its newest (`overtaken` counts): it is sent later, as backlog.
    Nothing is queued while nobody sends.
    """

    def __init__(self, capacity: int = WAITING_MOST) -> None:
        self.overtaken = 0
        self._capacity = capacity
        self._lanes: OrderedDict[Lane, deque[int]] = OrderedDict()
        self._waiting = 0
        self._filled: Callable[[], None] | None = None

    def __len__(self) -> int:
        return self._waiting

    def open(self, filled: Callable[[], None]) -> None:
        """From now on queue what is put, and call `filled` each time."""
        self._filled = filled

    def close(self) -> None:
        """Nobody sends any more; what waits will go as backlog."""
        self._filled = None
        self._lanes.clear()
        self._waiting = 0

    def put(self, lane: Lane, seq: int) -> None:
        if self._filled is None:
            return
        waiting = self._lanes.get(lane)
        if waiting is None:
            self._lanes[lane] = deque((seq,))
            self._waiting += 1
        else:
            waiting.append(seq)
            if self._waiting < self._capacity:
                self._waiting += 1
            else:
                waiting.popleft()
                self.overtaken += 1
        self._filled()

    def newest(self, lane: Lane) -> int | None:
        """The number that was put last in this lane and still waits."""
        waiting = self._lanes.get(lane)
        return waiting[-1] if waiting else None

    def take(self) -> int | None:
        """The next number, or None if none waits."""
        if not self._lanes:
            return None
        lane, waiting = next(iter(self._lanes.items()))
        seq = waiting.popleft()
        self._waiting -= 1
        if waiting:
            self._lanes.move_to_end(lane)
        else:
            del self._lanes[lane]
        return seq
