"""The entries of the last seconds that nobody has acknowledged yet, in memory, and who must give way in a flood."""

import time
from collections import Counter, deque
from collections.abc import Iterable
from itertools import pairwise

from devices.device import Reading
from hub.bus import Entry
from hub.mqtt.outbox.live_queue import Lane, lane_of

CAPACITY = 100_000
"""Entries (about 40 MB): more than a node can publish before the history's acknowledgement comes round."""
REMEMBERED_S = 10.0


class Recent:
    """Entries by number, ascending."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._entries: dict[int, Entry] = {}
        self._written: dict[int, Entry] = {}
        self._newest: dict[Lane, int] = {}
        self._ticks: deque[tuple[float, int]] = deque(((time.monotonic(), 0),))
        self._hogs: frozenset[Lane] | None = None

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def full(self) -> bool:
        return len(self._entries) >= self._capacity

    @property
    def lowest(self) -> int | None:
        return next(iter(self._entries), None)

    def get(self, seq: int) -> Entry | None:
        return self._entries.get(seq)

    def add(self, lane: Lane, entry: Entry) -> None:
        self._entries[entry.seq] = entry
        self._newest[lane] = entry.seq

    def replace(self, entry: Entry) -> None:
        """Other content under the same number."""
        self._entries[entry.seq] = entry

    def newest(self, lane: Lane) -> int | None:
        """The last number of a lane, if it is still here."""
        seq = self._newest.get(lane)
        return seq if seq in self._entries else None

    def forget(self, first: int, last: int) -> None:
        """All from `first` to `last` is acknowledged."""
        lowest = self.lowest
        if lowest is None:
            return
        for seq in range(max(first, lowest), last + 1):
            self._entries.pop(seq, None)
            self._written.pop(seq, None)

    def unwritten(self, up_to: int) -> list[Entry]:
        """Entries up to a number that are not on disk as they are here, ascending."""
        return [entry for entry in self.up_to(up_to) if self._written.get(entry.seq) is not entry]

    def note_written(self, entries: Iterable[Entry]) -> list[Entry]:
        """These are on disk now; those that were acknowledged meanwhile are returned."""
        gone: list[Entry] = []
        for entry in entries:
            if entry.seq in self._entries:
                self._written[entry.seq] = entry
            else:
                gone.append(entry)
        return gone

    def evict(self, up_to: int) -> None:
        """What is on disk leaves the memory, up to a number."""
        for seq in [seq for seq in self._written if seq <= up_to]:
            if self._entries.get(seq) is self._written.pop(seq):
                del self._entries[seq]

    def is_written(self, seq: int) -> bool:
        """Whether a number is on disk, or not here at all."""
        return seq in self._written or seq not in self._entries

    def drop_oldest_reading(self) -> bool:
        for seq, entry in self._entries.items():
            if isinstance(entry.message, Reading):
                del self._entries[seq]
                return True
        return False

    def up_to(self, seq: int) -> list[Entry]:
        """Entries up to a number, ascending."""
        found: list[Entry] = []
        for entry in self._entries.values():
            if entry.seq > seq:
                break
            found.append(entry)
        return found

    def untrusted(self) -> list[Entry]:
        """Entries whose time was measured without a trusted clock."""
        return [entry for entry in self._entries.values() if not entry.message.at.trusted]

    def tick(self, seq: int) -> None:
        """All up to `seq` were recorded by now. Call it about twice a second while anything is here."""
        self._hogs = None
        now = time.monotonic()
        self._ticks.append((now, seq))
        while len(self._ticks) > 2 and self._ticks[1][0] < now - REMEMBERED_S:
            self._ticks.popleft()

    def surely_older(self, than_s: float) -> int:
        """All up to this number were recorded at least so long ago."""
        limit = time.monotonic() - than_s
        return max((seq for at, seq in self._ticks if at <= limit), default=0)

    def perhaps_older(self, than_s: float) -> int:
        """All beyond this number were recorded later: what came between two ticks counts from the first."""
        limit = time.monotonic() - than_s
        return max((seq for (at, _), (_, seq) in pairwise(self._ticks) if at <= limit), default=0)

    def is_hog(self, lane: Lane) -> bool:
        """Whether a lane holds its fair share or more of a memory that is full."""
        if self._hogs is None:
            held = Counter(map(lane_of, self._entries.values()))
            share = self._capacity / max(1, len(held))
            self._hogs = frozenset(lane for lane, count in held.items() if count >= share)
        return lane in self._hogs
