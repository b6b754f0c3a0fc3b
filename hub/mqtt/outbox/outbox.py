"""The outbox: numbers this Pi's readings and events, and keeps each until it is known to be stored.

The last seconds are in memory (`recent.py`); what is older and not acknowledged is on disk (`disk.py`), and
comes from there as backlog. In normal days nothing gets that old, and an SD card is hardly written. What is
guaranteed, and what happens beyond the bounds, is in docs/decisions/0003-outbox.md.
"""

import asyncio
import logging
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from devices.board.clock import BEAT_S, Clock, Moment, until_beat_s
from devices.device import Event, Reading
from devices.errors import Flooded, StorageFull
from hub import lab
from hub.bus import Entry, Journal, Stored
from hub.mqtt.messages import encode
from hub.mqtt.outbox.backlog import RESEND_AFTER_S, BacklogSource
from hub.mqtt.outbox.batch import Batch
from hub.mqtt.outbox.disk import EPOCH, MILLISECOND, OutboxDisk, Range, Writer
from hub.mqtt.outbox.disk_calls import DiskCalls
from hub.mqtt.outbox.live_queue import LiveQueue, lane_of
from hub.mqtt.outbox.promises import AT_ONCE, Saved
from hub.mqtt.outbox.recent import Recent

log = logging.getLogger(__name__)

TICK_S = 0.5
"""While anything is unacknowledged; else once a beat."""
WRITE_AFTER_S = 3.9
"""An unacknowledged reading is written so late that, a tick later, the disk still has time until five seconds."""
REMOVE_AFTER_S = 30.0
"""How long the removal of acknowledged rows waits for a commit that it can share."""
EXPIRE_EVERY_S = 60.0
WRITTEN_AT_ONCE = 5_000
EVENTS_WAITING_MOST = 1_000
"""Of one device: who floods takes no place from the others."""
EVENT_BYTES_MOST = 32 * 1024


class Acknowledgement(StrEnum):
    """What ends an entry's stay in the outbox."""

    HISTORY = "history"
    """The history says that it is stored."""
    BROKER = "broker"
    """The broker's PUBACK: all that there is in a lab without history."""


@dataclass(slots=True)
class Counters:
    """What became of readings that could not all be kept."""

    coalesced: int = 0
    dropped_by_size: int = 0
    dropped_by_age: int = 0


class Outbox(Journal):
    """Until `run` runs, and while the disk fails, everything is kept in memory, within bounds.

    `corrections` are the milliseconds to add to the untrusted times of each log; None until the clock is trusted.
    """

    def __init__(self, folder: Path, *, node: str, clock: Clock, options: lab.Outbox, until: Acknowledgement) -> None:
        self.log = f"{node}.{secrets.token_hex(6)}"
        self.until = until
        self.live = LiveQueue()
        self.counters = Counters()
        self.corrections: Mapping[str, int] | None = None
        self._node = node
        self._clock = clock
        self._age = timedelta(seconds=options.age)
        now = clock.now()
        self._began = now.utc - timedelta(seconds=time.clock_gettime(time.CLOCK_BOOTTIME))
        self._began_untrusted = not now.trusted
        writer = Writer(self.log, clock.boot, (self._began - EPOCH) // MILLISECOND, untrusted=not now.trusted)
        self._disk = DiskCalls(OutboxDisk(folder, writer, options.size))
        self._seq = 0
        self._recent = Recent()
        self._backlog = BacklogSource(self.log, self._recent, self._disk, tell_lost=until is Acknowledgement.HISTORY)
        self._waiting_events: list[Entry] = []
        self._waiting_of = Counter[str]()
        self._saved: asyncio.Future[None] | None = None
        self._stored: dict[str, int] = {}
        self._gone: list[Range] = []
        self._removed_at = time.monotonic()
        self._expired_at = float("-inf")
        self._corrected = False
        self._flooding = False
        self._wake = asyncio.Event()

    @property
    def trouble(self) -> str:
        """What is wrong with the disk; empty when nothing is."""
        return self._disk.trouble

    @property
    def depth(self) -> int:
        """Entries that are older than an acknowledgement takes: 0 in normal days."""
        due = self._recent.surely_older(RESEND_AFTER_S)
        kept = self._disk.disk.depth + (len(self._recent.up_to(due)) if self.trouble else 0)
        if self.until is Acknowledgement.BROKER:
            return max(0, kept - len(self._gone))
        return min(kept, self._backlog.unacknowledged)

    # What the bus calls.

    def record(self, device: str, message: Reading | Event) -> tuple[Entry, Awaitable[None]]:
        if isinstance(message, Event):
            return self._record_event(device, message)
        lane = (device, message.channel)
        if self._recent.full and (slot := self._slot(device, message)) is not None:
            return slot, AT_ONCE
        self._seq = seq = self._seq + 1
        entry = Entry(device, message, self.log, seq)
        self._recent.add(lane, entry)
        self.live.put(lane, seq)
        return entry, AT_ONCE

    def _slot(self, device: str, message: Reading) -> Entry | None:
        """In a flood, the newest reading of the channel that floods takes the place of the one before it."""
        if self.trouble:
            self._count_dropped_by_size(self._recent.drop_oldest_reading())
            return None
        lane = (device, message.channel)
        seq = self.live.newest(lane) or self._recent.newest(lane)
        if seq is None or not self._recent.is_hog(lane):
            return None
        entry = Entry(device, message, self.log, seq)
        self._recent.replace(entry)
        self.counters.coalesced += 1
        if not self._flooding:
            self._flooding = True
            log.warning("%s/%s floods: its readings are coalesced; give it a longer period", *lane)
        return entry

    def _record_event(self, device: str, event: Event) -> tuple[Entry, Awaitable[None]]:
        if len(encode(event.data)) > EVENT_BYTES_MOST:
            raise ValueError(f"event {event.kind} carries more than {EVENT_BYTES_MOST} bytes: put files elsewhere")
        if self._waiting_of[device] >= EVENTS_WAITING_MOST:
            raise Flooded(f"{device}: {EVENTS_WAITING_MOST} events wait for the disk; slow down")
        if self.trouble and self._recent.full:
            raise Flooded(f"{device}: the disk does not work and the memory is full: {self.trouble}")
        self._seq = seq = self._seq + 1
        entry = Entry(device, event, self.log, seq)
        self._recent.add(lane_of(entry), entry)
        self._waiting_events.append(entry)
        self._waiting_of[device] += 1
        if self._saved is None:
            self._saved = asyncio.get_running_loop().create_future()
        self._wake.set()
        return entry, Saved(self._saved)

    # What the link calls.

    def take_live(self) -> Entry | None:
        """The next entry for the live topics."""
        while (seq := self.live.take()) is not None:
            if (entry := self._recent.get(seq)) is not None:
                return entry
        return None

    def published(self, entry: Entry) -> None:
        """The broker has acknowledged a live entry."""
        if self.until is Acknowledgement.BROKER:
            if self._recent.is_written(entry.seq):
                self._gone.append((self.log, entry.seq, entry.seq))
            self._recent.forget(entry.seq, entry.seq)

    def stored(self, stored: Stored) -> None:
        """The history has said how far logs are stored."""
        if stored.node != self._node or self.until is Acknowledgement.BROKER:
            return
        risen = self._backlog.acknowledge(stored.marks, self._seq)
        self._stored.update(risen)
        self._recent.forget(1, risen.get(self.log, 0))

    def published_batch(self, batch: Batch) -> None:
        """The broker has acknowledged a batch of backlog."""
        if self.until is Acknowledgement.BROKER:
            self._gone.append((batch.log, batch.entries[0].seq, batch.last))
            if batch.log == self.log:
                self._recent.forget(batch.entries[0].seq, batch.last)
            self._backlog.settle(batch)

    def restart_backlog(self) -> None:
        """Somebody new is there to take it: begin again with what is not acknowledged."""
        self._backlog.restart()

    async def next_batch(self) -> Batch:
        """The next batch of backlog, as soon as one is due and the window allows it. For one caller."""
        while True:
            if self._gone:
                await self._write((), self._take_removals())
            if (batch := await self._backlog.next_batch()) is not None:
                return batch
            await asyncio.sleep(self._until_tick_s())  # age makes a batch due, nobody says so

    # What runs.

    async def run(self) -> None:
        """Save what must be saved, until cancelled; then save everything."""
        try:
            while True:
                self._wake.clear()
                await self._turn()
                await _wait(self._wake, self._until_tick_s())
        finally:
            await self._save_everything()

    def _until_tick_s(self) -> float:
        idle = not len(self._recent) and not self._disk.disk.depth
        return until_beat_s(BEAT_S if idle else TICK_S)

    async def _turn(self) -> None:
        self._recent.tick(self._seq)
        self._flooding = self._flooding and self._recent.full
        if self._disk.rests:
            self._conclude(*self._take_events(), self.trouble)
            return
        if not self._backlog.found_old_logs and (old_logs := await self._disk.call(OutboxDisk.logs)) is not None:
            self._backlog.take_over(old_logs)
        if not self._corrected and (correction := self._clock.correction()) is not None:
            await self._correct(correction)
        await self._save(self._recent.perhaps_older(WRITE_AFTER_S))
        if time.monotonic() - self._expired_at > EXPIRE_EVERY_S:
            await self._expire()

    async def _save(self, up_to: int) -> bool:
        """One commit: waiting events, readings that got too old, and the removal of what is acknowledged.

        False if the disk failed.
        """
        events, saved = self._take_events()
        old = self._recent.unwritten(up_to)[:WRITTEN_AT_ONCE]
        entries = {entry.seq: entry for entry in [*events, *old]}
        written = True
        if entries or time.monotonic() - self._removed_at > REMOVE_AFTER_S:
            written = await self._write(tuple(entries.values()), self._take_removals())
        self._conclude(events, saved, "" if written else self.trouble)
        self._recent.evict(up_to)
        if written and len(old) == WRITTEN_AT_ONCE:
            self._wake.set()
        return written

    def _take_events(self) -> tuple[list[Entry], "asyncio.Future[None] | None"]:
        events, self._waiting_events = self._waiting_events, []
        self._waiting_of.clear()
        saved, self._saved = self._saved, None
        return events, saved

    def _take_removals(self) -> Sequence[Range]:
        removals = [*((name, 1, mark) for name, mark in self._stored.items()), *self._gone]
        self._stored, self._gone = {}, []
        self._removed_at = time.monotonic()
        return removals if self._disk.disk.depth else ()

    async def _write(self, entries: Sequence[Entry], removals: Sequence[Range]) -> bool:
        if not entries and not removals:
            return True
        written = await self._disk.call(lambda disk: disk.write(entries, removals))
        self._count_dropped_by_size(self._disk.disk.take_dropped())
        if written is None:
            self._gone = [*removals, *self._gone]
            return False
        for entry in self._recent.note_written(entries):  # acknowledged while they were written
            self._gone.append((entry.log, entry.seq, entry.seq))
        return True

    def _conclude(self, events: Sequence[Entry], saved: "asyncio.Future[None] | None", trouble: str) -> None:
        """Tell who waits for these events, and let them go: those as well that the disk refused."""
        if saved is not None and trouble:
            saved.set_exception(StorageFull(f"kept in memory only: {trouble}"))
            saved.exception()  # whoever does not wait for it does not want to hear of it
        elif saved is not None:
            saved.set_result(None)
        for event in events:
            self.live.put(lane_of(event), event.seq)

    async def _save_everything(self) -> None:
        self._recent.tick(self._seq)
        while await self._save(self._seq) and self._recent.unwritten(self._seq):
            pass
        await self._write((), self._take_removals())
        await self._disk.call(OutboxDisk.close)

    async def _expire(self) -> None:
        now = self._clock.now()
        dropped = await self._disk.call(lambda disk: disk.drop_older(now.utc - self._age)) if now.trusted else 0
        if not dropped:
            self._expired_at = time.monotonic()
            return
        if not self.counters.dropped_by_age:
            log.warning("the outbox drops readings that waited for more than %.1f days", self._age / timedelta(days=1))
        self.counters.dropped_by_age += dropped

    def _count_dropped_by_size(self, dropped: int) -> None:
        if dropped and not self.counters.dropped_by_size:
            log.warning("the outbox is full: its oldest readings are dropped")
        self.counters.dropped_by_size += dropped

    async def _correct(self, correction: timedelta) -> None:
        """The clock is trusted now: correct what is kept, here and on disk, and say by how much."""
        for entry in self._recent.untrusted():
            at = Moment(entry.message.at.utc + correction)
            self._recent.replace(replace(entry, message=replace(entry.message, at=at)))
        self.corrections = {self.log: correction // MILLISECOND} if self._began_untrusted else {}
        began_ms = (self._began + correction - EPOCH) // MILLISECOND
        corrections = await self._disk.call(lambda disk: disk.correct(began_ms))
        if corrections is not None:
            self._corrected = True
            self.corrections = {**self.corrections, **corrections}


async def _wait(event: asyncio.Event, at_most_s: float) -> None:
    alarm = asyncio.get_running_loop().call_later(at_most_s, event.set)
    try:
        await event.wait()
    finally:
        alarm.cancel()
