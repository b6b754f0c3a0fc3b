"""A batch of backlog: as many unacknowledged entries of one log as fit into one message."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub.bus import Entry
from hub.mqtt.messages import encode_backlog, encode_item

PAYLOAD_MOST = 64 * 1024
AROUND = 256
"""Room for what stands around the items: the log's name and `first`."""
HOLE = 40
"""Room for one lost range."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Ready to be sent; the fields are those of `hub.bus.Backlog`."""

    log: str
    entries: Sequence[Entry]
    first: int
    lost: Sequence[tuple[int, int]]
    payload: bytes

    @property
    def last(self) -> int:
        return self.entries[-1].seq


def compose(log: str, entries: Iterable[Entry], *, first: int, after: int, tell_lost: bool) -> Batch | None:
    """The batch of the first of `entries` (ascending), or None of none.

    `first` is the lowest number that is still kept; all between it or `after` and an entry is lost.
    """
    taken: list[Entry] = []
    items: list[str] = []
    lost: list[tuple[int, int]] = []
    room = PAYLOAD_MOST - AROUND
    before = max(after, first - 1)
    for entry in entries:
        item = encode_item(entry)
        room -= len(item.encode()) + 1 + HOLE * (entry.seq > before + 1)
        if room < 0 and taken:
            break
        if tell_lost and entry.seq > before + 1:
            lost.append((before + 1, entry.seq - 1))
        taken.append(entry)
        items.append(item)
        before = entry.seq
    return Batch(log, tuple(taken), first, lost, encode_backlog(log, first, lost, items)) if taken else None
