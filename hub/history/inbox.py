"""What the history has heard and not yet stored: bounded, in the order in which it was heard."""

import asyncio
import logging
from collections.abc import Mapping
from math import isfinite

from hub.bus import Backlog, Entry, NodeStatus
from hub.history.store import ClockCorrection, Counters, Item

log = logging.getLogger(__name__)

WAITING_MOST = 50_000
"""Entries that may wait for the disk (about 20 MB); what comes beyond is not acknowledged: its node sends it again."""
COMMIT_AT = 5_000
"""So many entries are stored at once, without waiting for more."""
CORRECTION_MOST_MS = 200 * 365 * 86_400_000


class Inbox:
    """Filled by the bus on the event loop, emptied by the history at its own pace."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self.filled = asyncio.Event()
        """Something waits."""
        self.plenty = asyncio.Event()
        """So much waits that it is worth a commit of its own."""
        self._items: list[Item] = []
        self._waiting = 0
        self._dropping = False
        self._corrections: dict[str, dict[str, int]] = {}

    def hear(self, entry: Entry) -> None:
        """Readings and events are numbered; the rest is none of the history's business."""
        if entry.seq:
            self._put(entry, 1)

    def hear_backlog(self, backlog: Backlog) -> None:
        self._put(backlog, _weight(backlog))

    def hear_node(self, status: NodeStatus) -> None:
        """A node that knows the time says by how much its earlier times were wrong, and repeats it often."""
        before = self._corrections.get(status.node, {})
        now = self._corrections[status.node] = corrections(status.info)
        for name, milliseconds in tuple(now.items()):
            if before.get(name) != milliseconds:
                self._put(ClockCorrection(status.node, name, milliseconds), 1)

    def waiting(self) -> tuple[Item, ...]:
        """Everything that waits; it goes on waiting until it is `stored`."""
        return tuple(self._items)

    def stored(self, items: tuple[Item, ...]) -> None:
        """These, the oldest, are on disk."""
        del self._items[: len(items)]
        self._waiting = sum(_weight(item) for item in self._items)
        if not self._items:
            self.filled.clear()
        if self._waiting < COMMIT_AT:
            self.plenty.clear()
        if self._dropping and self._waiting < WAITING_MOST // 2:
            self._dropping = False
            log.info(
                "the history keeps up again; it had dropped %d entries, which their nodes send again",
                self._counters.dropped,
            )

    def _put(self, item: Item, weight: int) -> None:
        if self._waiting >= WAITING_MOST:
            self._drop(item, weight)
            return
        self._items.append(item)
        self._waiting += weight
        if self._waiting == weight:
            self.filled.set()
        if self._waiting >= COMMIT_AT:
            self.plenty.set()

    def _drop(self, item: Item, weight: int) -> None:
        self._counters.dropped += weight
        if isinstance(item, ClockCorrection):
            self._corrections.pop(item.node, None)  # it will be said again
        if not self._dropping:
            self._dropping = True
            log.warning("the history's disk is too slow or full: what is not stored now will be sent again by its node")


def corrections(info: Mapping[str, object]) -> dict[str, int]:
    """The clock corrections in a node's `info`: log → milliseconds; what makes no sense is left out."""
    clock = info.get("clock")
    found = clock.get("corrections") if isinstance(clock, Mapping) else None
    if not isinstance(found, Mapping):
        return {}
    return {
        name: round(value)
        for name, value in found.items()
        if isinstance(name, str) and _is_number(value) and isfinite(value) and abs(value) <= CORRECTION_MOST_MS
    }


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _weight(item: Item) -> int:
    return len(item.entries) + 1 if isinstance(item, Backlog) else 1
