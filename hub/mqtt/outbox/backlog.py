"""What must be sent again: the unacknowledged of this and of earlier processes, batch by batch, oldest first."""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence

from hub.bus import Entry
from hub.mqtt.outbox.backlog_window import BacklogWindow
from hub.mqtt.outbox.batch import Batch, compose
from hub.mqtt.outbox.disk import READ_AT_ONCE, KeptLog
from hub.mqtt.outbox.disk_calls import DiskCalls
from hub.mqtt.outbox.recent import Recent

log = logging.getLogger(__name__)

RESEND_AFTER_S = 5.0
"""The history acknowledges every two seconds; what is not acknowledged after this was lost on the way."""


class BacklogSource:
    """Picks the batches. What is old enough to be sent again is on disk, except while the disk is in trouble."""

    def __init__(self, own_log: str, recent: Recent, disk: DiskCalls, *, tell_lost: bool) -> None:
        self.found_old_logs = False
        self._own_log = own_log
        self._recent = recent
        self._disk = disk
        self._tell_lost = tell_lost
        self._window = BacklogWindow()
        self._old_logs: dict[str, int] = {}
        """The highest number of each log of earlier processes."""

    @property
    def unacknowledged(self) -> int:
        """How many numbers are due and not known to be stored."""
        return sum(max(0, last - self._window.acknowledged(name)) for name, last in self._due().items())

    def take_over(self, old_logs: Sequence[KeptLog]) -> None:
        """What earlier processes left."""
        self._old_logs = {kept.name: kept.last for kept in old_logs}
        self.found_old_logs = True
        if old_logs:
            log.info("%d entries of %d earlier runs wait to be stored", self._disk.disk.depth, len(old_logs))

    def restart(self) -> None:
        """Begin again with what is not acknowledged."""
        self._window.restart()

    def acknowledge(self, marks: Mapping[str, int], newest: int) -> dict[str, int]:
        """All up to these numbers is stored; those that are new and can be true (`newest` is our own last number)."""
        known = {**self._old_logs, self._own_log: newest}
        marks = {name: mark for name, mark in marks.items() if mark <= known.get(name, 0)}
        risen = {name: mark for name, mark in marks.items() if mark > self._window.acknowledged(name)}
        self._window.acknowledge(marks, time.monotonic())
        for name, mark in risen.items():
            if name != self._own_log and mark >= known[name]:
                self._forget_log(name)
        return risen

    def settle(self, batch: Batch) -> None:
        """One batch is acknowledged by itself."""
        self._window.settle(batch.log, batch.last, time.monotonic())

    async def next_batch(self) -> Batch | None:
        """A batch, if one is due and the window allows it."""
        now = time.monotonic()
        if not self._window.may_send(now):
            return None
        for name, last in self._due().items():
            after = self._window.reached(name)
            if after < last and (batch := await self._read(name, after, last)) is not None:
                self._window.sent(name, batch.last, now)
                return batch
            if not self._disk.trouble:
                self._window.skip(name, last)
        return None

    def _due(self) -> dict[str, int]:
        """Log → the last number that is old enough, oldest log first."""
        return {**self._old_logs, self._own_log: self._recent.surely_older(RESEND_AFTER_S)}

    async def _read(self, name: str, after: int, last: int) -> Batch | None:
        """What is in memory is noted before the disk is read: an entry on its way from one to the other is in both."""
        ours = name == self._own_log
        in_memory = [entry for entry in self._recent.up_to(last) if entry.seq > after] if ours else []
        lowest = self._recent.lowest if ours else None
        if not in_memory and not self._disk.disk.depth:
            return None
        acknowledged = self._window.acknowledged(name)
        read = await self._disk.call(lambda disk: (disk.read(name, after, last), disk.first(name, acknowledged)))
        if read is None:
            return compose(name, in_memory, first=acknowledged + 1, after=after, tell_lost=False)
        on_disk, first_on_disk = read
        first = min((seq for seq in (first_on_disk, lowest) if seq is not None), default=acknowledged + 1)
        return compose(name, _merged(on_disk, in_memory), first=first, after=after, tell_lost=self._tell_lost)

    def _forget_log(self, name: str) -> None:
        del self._old_logs[name]
        self._window.forget(name)
        log.info("all that the earlier run %s left is stored", name)


def _merged(on_disk: Sequence[Entry], in_memory: Sequence[Entry]) -> Iterator[Entry]:
    """Both, ascending, the memory's where both have one; no further than the disk was read."""
    end = on_disk[-1].seq if len(on_disk) == READ_AT_ONCE else None
    entries = {entry.seq: entry for entry in on_disk}
    entries.update((entry.seq, entry) for entry in in_memory if end is None or entry.seq <= end)
    return (entries[seq] for seq in sorted(entries))
