"""The outbox: all is kept until it is acknowledged, within bounds, whatever becomes of process, disk and clock."""

import asyncio
import logging
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devices.board.clock import Clock
from devices.device import Event, Reading
from devices.errors import Flooded, StorageFull
from hub import lab
from hub.bus import Entry, Stored
from hub.mqtt.outbox import backlog, disk_calls, outbox
from hub.mqtt.outbox.batch import Batch
from hub.mqtt.outbox.outbox import EVENTS_WAITING_MOST, Acknowledgement, Outbox
from hub.mqtt.outbox.recent import Recent
from tests.hub.test_commands import HandClock
from tests.waiting import until

REPOSITORY = Path(__file__).parents[4]


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds become tenths; the proportions stay."""
    for name, seconds in {"TICK_S": 0.02, "WRITE_AFTER_S": 0.39, "RESEND_AFTER_S": 0.5, "REMOVE_AFTER_S": 0.6}.items():
        monkeypatch.setattr(outbox, name, seconds)
    monkeypatch.setattr(backlog, "RESEND_AFTER_S", 0.5)
    monkeypatch.setattr(disk_calls, "REST_S", 0.2)


def made(
    folder: Path,
    *,
    clock: Clock | None = None,
    until_: Acknowledgement = Acknowledgement.HISTORY,
    size: int = 100_000_000,
    age: float = 86400.0,
) -> Outbox:
    options = lab.Outbox(size=size, age=age)
    return Outbox(folder, node="garden", clock=clock or HandClock(), options=options, until=until_)


@asynccontextmanager
async def running(box: Outbox) -> AsyncIterator[Outbox]:
    task = asyncio.create_task(box.run(), name="outbox")
    await asyncio.sleep(0)
    try:
        yield box
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()


def read(box: Outbox, value: float = 1.0, channel: str = "t") -> Entry:
    return box.record("bed", Reading(channel, value, "°C", box._clock.now(), period_s=1.0))[0]


def happen(box: Outbox, kind: str = "watered", **data: str) -> Entry:
    return box.record("bed", Event(kind, data, box._clock.now()))[0]


async def batches(box: Outbox, count: int) -> list[Entry]:
    """The next so many entries of backlog."""
    found: list[Entry] = []
    async with asyncio.timeout(20):
        while len(found) < count:
            batch = await box.next_batch()
            found.extend(batch.entries)
            box.stored(Stored("garden", {batch.log: batch.last}))
    return found


def rows(folder: Path) -> int:
    with closing(sqlite3.connect(f"file:{folder / 'outbox.sqlite'}?mode=ro", uri=True)) as db, db:
        (count,) = db.execute("SELECT count(*) FROM item").fetchone()
    return int(count)


# Numbers.


async def test_each_process_has_a_log_of_its_own_and_counts_from_one(tmp_path: Path) -> None:
    first, second = made(tmp_path / "a"), made(tmp_path / "b")
    assert first.log != second.log
    assert first.log.startswith("garden.")
    assert [read(first).seq, happen(first).seq, read(first).seq] == [1, 2, 3]


# In normal days.


async def test_what_is_acknowledged_in_time_never_touches_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "WRITE_AFTER_S", 3.9)  # the real time: a busy machine must not make it late
    async with running(made(tmp_path)) as box:
        await until(lambda: box._backlog.found_old_logs)
        for n in range(50):
            read(box, n)
            await asyncio.sleep(0.01)
            box.stored(Stored("garden", {box.log: n + 1}))
        assert box._disk.disk.depth == 0
        assert box.depth == 0
    assert rows(tmp_path) == 0


async def test_an_event_is_on_disk_when_its_promise_is_kept(tmp_path: Path) -> None:
    async with running(made(tmp_path)) as box:
        _, saved = box.record("bed", Event("watered", {}, box._clock.now()))
        await saved
        assert box._disk.disk.depth == 1


async def test_many_waiting_events_share_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(made(tmp_path)) as box:
        await until(lambda: box._backlog.found_old_logs)
        writes: list[int] = []
        write = box._disk.disk.write

        def counted(entries: list[Entry], gone: list[tuple[str, int, int]]) -> int:
            writes.append(len(entries))
            return write(entries, gone)

        monkeypatch.setattr(box._disk.disk, "write", counted)
        promises = [box.record("bed", Event("coin", {}, box._clock.now()))[1] for _ in range(100)]
        await asyncio.gather(*promises)
        assert writes == [100]


async def test_who_stops_waiting_for_an_event_takes_it_from_nobody(tmp_path: Path) -> None:
    async with running(made(tmp_path)) as box:
        first = box.record("bed", Event("coin", {}, box._clock.now()))[1]
        second = box.record("bed", Event("coin", {}, box._clock.now()))[1]

        async def wait() -> None:
            await first

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        await second


async def test_the_removal_of_what_is_acknowledged_waits_for_company(tmp_path: Path) -> None:
    async with running(made(tmp_path)) as box:
        _, saved = box.record("bed", Event("watered", {}, box._clock.now()))
        await saved
        box.stored(Stored("garden", {box.log: 1}))
        await asyncio.sleep(0.1)
        assert box._disk.disk.depth == 1
        assert box.depth == 0
        await until(lambda: box._disk.disk.depth == 0)


# Backlog.


async def test_what_is_not_acknowledged_comes_back_oldest_first_and_complete(tmp_path: Path) -> None:
    async with running(made(tmp_path)) as box:
        recorded = [happen(box) if n % 7 == 0 else read(box, n) for n in range(2000)]
        batch = await box.next_batch()
        assert batch.first == 1
        assert len(batch.payload) <= 64 * 1024
        box.stored(Stored("garden", {box.log: batch.last}))
        rest = await batches(box, 2000 - batch.last)
        assert [entry.seq for entry in [*batch.entries, *rest]] == list(range(1, 2001))
        for sent, entry in zip([*batch.entries, *rest], recorded, strict=True):
            assert sent.message.at.rfc3339() == entry.message.at.rfc3339()
        await until(lambda: box._disk.disk.depth == 0)
        assert box.depth == 0


async def test_without_acknowledgement_the_same_is_sent_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.mqtt.outbox.backlog_window.PATIENCE_FIRST_S", 0.3)
    async with running(made(tmp_path)) as box:
        box._backlog._window.restart()
        read(box)
        first, second = await box.next_batch(), await box.next_batch()
        assert [entry.seq for entry in first.entries] == [entry.seq for entry in second.entries] == [1]


async def test_what_earlier_processes_left_is_sent_under_their_logs_oldest_first(tmp_path: Path) -> None:
    logs: list[str] = []
    for n in range(3):
        async with running(made(tmp_path)) as box:
            logs.append(box.log)
            read(box, n)
            happen(box)
    async with running(made(tmp_path)) as box:
        read(box, 3.0)
        entries = await batches(box, 7)
        assert [entry.log for entry in entries] == [log for log in [*logs, box.log] for _ in range(2)][:7]
        await until(lambda: not box._backlog._old_logs)
        await until(lambda: box._disk.disk.depth == 0)
    with closing(sqlite3.connect(tmp_path / "outbox.sqlite")) as db, db:
        assert {name for (name,) in db.execute("SELECT name FROM log")} <= {box.log}


async def test_an_acknowledgement_that_cannot_be_true_changes_nothing(tmp_path: Path) -> None:
    async with running(made(tmp_path)) as box:
        read(box)
        box.stored(Stored("garden", {box.log: 99, "garden.other": 5}))
        box.stored(Stored("hub", {box.log: 1}))
        assert len(box._recent) == 1


async def test_in_a_lab_without_history_the_brokers_word_is_enough(tmp_path: Path) -> None:
    async with running(made(tmp_path, until_=Acknowledgement.BROKER)) as box:
        box.live.open(lambda: None)
        happen(box)
        read(box)
        read(box)
        await until(lambda: len(box.live) == 3)
        while (entry := box.take_live()) is not None:
            if entry.seq != 2:
                box.published(entry)
        batch = await box.next_batch()
        assert [entry.seq for entry in batch.entries] == [2]
        assert batch.lost == []
        box.published_batch(batch)
        await until(lambda: box.depth == 0)
        await until(lambda: box._disk.disk.depth == 0)


# Killed.


@pytest.mark.fault
def test_killed_again_and_again_it_has_every_event_and_every_reading_older_than_five_seconds(tmp_path: Path) -> None:
    """The real times, in a process that knows nothing of this test."""
    events: set[tuple[str, int]] = set()
    readings: dict[tuple[str, int], float] = {}
    kills: dict[str, float] = {}
    for lives_s in (0.7, 6.5, 7.3):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.hub.mqtt.outbox.process", tmp_path, "0.02"],
            stdout=subprocess.PIPE,
            cwd=REPOSITORY,
            text=True,
        )
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(lives_s)
        os.kill(process.pid, signal.SIGKILL)
        killed_at = time.monotonic()
        for line in [first, *process.stdout.read().splitlines()]:
            if len(words := line.split()) == 4:
                kills[words[1]] = killed_at
                key = (words[1], int(words[2]))
                readings.update({key: float(words[3])} if words[0] == "reading" else {})
                events.update({key} if words[0] == "event" else ())
        process.wait()
        process.stdout.close()
    with closing(sqlite3.connect(tmp_path / "outbox.sqlite")) as db, db:
        query = "SELECT name, seq, data IS NULL FROM item JOIN log ON log.id = item.log"
        found = {(name, seq): bool(is_reading) for name, seq, is_reading in db.execute(query)}
    old = {key for key, at in readings.items() if at < kills[key[0]] - 5.0}
    assert len(events) > 100
    assert len(old) > 50
    assert events <= {key for key, is_reading in found.items() if not is_reading}
    assert old <= {key for key, is_reading in found.items() if is_reading}


async def test_cancelled_it_saves_everything_first(tmp_path: Path) -> None:
    async with running(made(tmp_path)) as box:
        for n in range(12_000):
            read(box, n)
    assert rows(tmp_path) == 12_000


# Bounds.


async def test_beyond_its_size_the_oldest_readings_go_and_no_event(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.mqtt.outbox.disk.DROPPED_AT_ONCE", 500)
    async with running(made(tmp_path, size=400_000)) as box:
        for n in range(20_000):
            happen(box) if n % 100 == 0 else read(box, n)
            if n % 1000 == 0:
                await asyncio.sleep(0.05)
        await until(lambda: not len(box._recent))
        dropped = box.counters.dropped_by_size
        assert dropped > 5_000
        assert box._disk.disk.depth == 20_000 - dropped
        left = await batches(box, box._disk.disk.depth)
    readings = [entry.seq for entry in left if isinstance(entry.message, Reading)]
    assert readings == sorted(readings)
    assert readings[-1] == 20_000
    assert len({entry.seq for entry in left if isinstance(entry.message, Event)}) == 200
    assert (tmp_path / "outbox.sqlite").stat().st_size < 800_000
    assert caplog.text.count("oldest readings are dropped") == 1


async def test_the_batch_says_which_numbers_will_never_come(tmp_path: Path) -> None:
    async with running(made(tmp_path)) as box:
        happen(box)
        for n in range(5):
            read(box, n)
        happen(box)
        await until(lambda: box._disk.disk.depth == 7 and not len(box._recent))
        box._disk.disk.drop_older(datetime.now(UTC) + timedelta(days=1))
        batch = await box.next_batch()
    assert [entry.seq for entry in batch.entries] == [1, 7]
    assert batch.first == 1
    assert batch.lost == [(2, 6)]


async def test_readings_that_are_too_old_go_and_no_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(outbox, "EXPIRE_EVERY_S", 0.1)
    async with running(made(tmp_path, age=0.8)) as box:
        happen(box)
        for n in range(10):
            read(box, n)
        await until(lambda: box.counters.dropped_by_age == 10)
        assert box._disk.disk.depth == 1
    assert caplog.text.count("drops readings that waited") == 1


async def test_a_room_full_of_events_is_said_to_the_device(tmp_path: Path) -> None:
    async with running(made(tmp_path, size=100_000)) as box:

        async def fill() -> None:
            for _ in range(1000):
                await box.record("bed", Event("note", {"text": "x" * 1000}, box._clock.now()))[1]

        with pytest.raises(StorageFull, match="full of events"):
            await fill()


async def test_more_events_than_a_disk_can_save_are_refused_and_none_of_them_is_lost(tmp_path: Path) -> None:
    box = made(tmp_path)
    for _ in range(EVENTS_WAITING_MOST):
        happen(box)
    with pytest.raises(Flooded, match="slow down"):
        happen(box)
    async with running(box):
        await until(lambda: box._disk.disk.depth == EVENTS_WAITING_MOST)
        happen(box)


async def test_a_device_that_floods_with_events_takes_no_place_from_another(tmp_path: Path) -> None:
    box = made(tmp_path)
    for _ in range(EVENTS_WAITING_MOST):
        happen(box)
    with pytest.raises(Flooded):
        happen(box)
    _, durable = box.record("door", Event("opened", {}, box._clock.now()))
    async with running(box):
        await durable


def test_an_event_is_no_place_for_files(tmp_path: Path) -> None:
    async def attach() -> None:
        with pytest.raises(ValueError, match="put files elsewhere"):
            happen(made(tmp_path), picture="x" * 100_000)

    asyncio.run(attach())


async def test_in_a_flood_one_channel_coalesces_and_the_others_lose_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    box = made(tmp_path)
    box._recent = Recent(capacity=1000)
    for n in range(5000):
        read(box, n, "flood")
        if n % 100 == 0:
            read(box, n, "quiet")
    entries = [entry.message for entry in box._recent.up_to(10_000) if isinstance(entry.message, Reading)]
    quiet = [reading.value for reading in entries if reading.channel == "quiet"]
    flood = [reading.value for reading in entries if reading.channel == "flood"]
    assert quiet == [float(n) for n in range(0, 5000, 100)]
    assert flood[-1] == 4999.0
    assert len(flood) + box.counters.coalesced == 5000
    assert len(box._recent) < 1100
    assert caplog.text.count("bed/flood floods") == 1


# The disk.


async def test_without_a_disk_it_goes_on_in_memory_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "hub.mqtt")
    folder = tmp_path / "folder"
    folder.write_text("in the way")
    async with running(made(folder)) as box:
        _, saved = box.record("bed", Event("watered", {}, box._clock.now()))
        with pytest.raises(StorageFull):
            await saved
        read(box)
        batch = await box.next_batch()
        assert [entry.seq for entry in batch.entries] == [1, 2]
        assert batch.lost == []
        assert box.trouble
        folder.unlink()
        await until(lambda: box._disk.disk.depth == 2)
        assert not box.trouble
    assert caplog.text.count("only in memory") == 1
    assert caplog.text.count("on disk again") == 1


async def test_without_a_disk_the_memory_has_a_bound_and_the_oldest_readings_go(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.write_text("in the way")
    async with running(made(folder)) as box:
        await until(lambda: box.trouble)
        box._recent = Recent(capacity=100)
        happen(box)
        for n in range(300):
            read(box, n)
        assert len(box._recent) == 100
        kept = [entry.seq for entry in box._recent.up_to(1000)]
        assert kept == [1, *range(203, 302)]
        assert box.counters.dropped_by_size == 201
        with pytest.raises(Flooded, match="the disk does not work"):
            happen(box)


@pytest.mark.fault
def test_when_the_disk_is_full_nothing_is_lost_and_it_recovers_by_itself(tmp_path: Path) -> None:
    """The file may not grow for a while (`RLIMIT_FSIZE`), in a process of its own."""
    script = """
import asyncio, resource, sys
from pathlib import Path
from tests.hub.mqtt.outbox import test_outbox as t
from tests.waiting import until
from hub.mqtt.outbox import backlog, disk_calls, outbox
from devices.errors import StorageFull
outbox.TICK_S, outbox.WRITE_AFTER_S, backlog.RESEND_AFTER_S, disk_calls.REST_S = 0.02, 0.2, 0.3, 0.2

async def main():
    box = t.made(Path(sys.argv[1]))
    async with t.running(box):
        t.read(box)
        await until(lambda: box._disk.disk.depth == 1)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
        for n in range(3000):
            t.read(box, n)
        _, saved = box.record("bed", t.Event("watered", {}, box._clock.now()))
        try:
            await saved
        except StorageFull:
            print("told")
        await until(lambda: box.trouble)
        batch = await box.next_batch()
        assert [entry.seq for entry in batch.entries] == list(range(1, batch.last + 1)), "no hole"
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await until(lambda: box._disk.disk.depth == 3002)
        print("recovered", repr(box.trouble))

asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.stdout == "told\nrecovered ''\n", done.stderr
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


async def test_a_damaged_file_is_set_aside_and_never_deleted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "outbox.sqlite").write_bytes(b"this is no database, and long enough to be looked at" * 100)
    async with running(made(tmp_path)) as box:
        await box.record("bed", Event("watered", {}, box._clock.now()))[1]
        assert not box.trouble
    (aside,) = tmp_path.glob("outbox.sqlite.damaged-*")
    assert aside.read_bytes().startswith(b"this is no database")
    assert aside.name in caplog.text
    assert rows(tmp_path) == 1


async def test_a_file_that_is_damaged_in_the_middle_is_set_aside_when_that_is_found(tmp_path: Path) -> None:
    async with running(made(tmp_path)) as box:
        for n in range(5000):
            read(box, n)
    content = bytearray((tmp_path / "outbox.sqlite").read_bytes())
    content[8192 : len(content) // 2] = b"\xa5" * (len(content) // 2 - 8192)
    (tmp_path / "outbox.sqlite").write_bytes(content)
    async with running(made(tmp_path)) as box:
        sending = asyncio.create_task(batches(box, 5000), name="sending")
        await until(lambda: [*tmp_path.glob("outbox.sqlite.damaged-*")])
        await box.record("bed", Event("watered", {}, box._clock.now()))[1]
        assert not box.trouble
        sending.cancel()
        await asyncio.wait([sending])


async def test_a_file_of_a_later_release_is_set_aside_as_well(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "outbox.sqlite")) as db, db:
        db.execute("PRAGMA user_version = 99")
    async with running(made(tmp_path)) as box:
        await box.record("bed", Event("watered", {}, box._clock.now()))[1]
    assert len([*tmp_path.glob("outbox.sqlite.damaged-*")]) == 1


async def test_two_processes_cannot_share_a_file(tmp_path: Path) -> None:
    async with running(made(tmp_path)) as first:
        await first.record("bed", Event("watered", {}, first._clock.now()))[1]
        async with running(made(tmp_path)) as second:
            await until(lambda: "locked" in second.trouble)
        await first.record("bed", Event("watered", {}, first._clock.now()))[1]


async def test_a_disk_that_hangs_stops_neither_recording_nor_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_calls, "WITHIN_S", 0.2)
    async with running(made(tmp_path)) as box:
        await until(lambda: box._backlog.found_old_logs)
        monkeypatch.setattr(box._disk.disk, "write", lambda *_: time.sleep(1.0))
        _, saved = box.record("bed", Event("watered", {}, box._clock.now()))
        with pytest.raises(StorageFull):
            await saved
        read(box)
        assert "did not answer" in box.trouble


# The clock.


async def test_times_measured_without_a_trusted_clock_are_corrected_once_it_is(tmp_path: Path) -> None:
    clock = HandClock(trusted=False)
    clock.ahead = -timedelta(days=100)
    before = made(tmp_path, clock=clock)
    async with running(before):
        read(before)
    box = made(tmp_path, clock=clock)
    async with running(box):
        read(box)
        await until(lambda: len(box._recent) == 0)
        read(box)
        clock.correction = lambda: timedelta(days=100)  # type: ignore[method-assign]  # the network has come
        await until(lambda: box._corrected)
        entries = await batches(box, 3)
        assert box.corrections is not None
        corrections = dict(box.corrections)
    assert {entry.message.at.trusted for entry in entries} == {True}
    assert all(abs(entry.message.at.utc - datetime.now(UTC)) < timedelta(seconds=10) for entry in entries)
    assert corrections.keys() == {before.log, box.log}
    assert all(abs(ms - 100 * 86_400_000) < 5_000 for ms in corrections.values())


async def test_of_a_boot_that_is_over_nothing_can_be_corrected(tmp_path: Path) -> None:
    clock = HandClock(trusted=False)
    async with running(made(tmp_path, clock=clock)) as before:
        read(before)
    later = HandClock()
    later.boot = "another boot"
    async with running(made(tmp_path, clock=later)) as box:
        (entry,) = await batches(box, 1)
        await until(lambda: box.corrections is not None)
        assert not entry.message.at.trusted
        assert box.corrections == {}


async def test_a_clock_that_is_stepped_an_hour_disturbs_neither_order_nor_waiting(tmp_path: Path) -> None:
    clock = HandClock()
    async with running(made(tmp_path, clock=clock)) as box:
        for hours in (0, 1, -1):
            clock.ahead = timedelta(hours=hours)
            read(box, hours)
        started = time.monotonic()
        batch: Batch = await box.next_batch()
        assert time.monotonic() - started < 5
        assert [entry.seq for entry in batch.entries] == [1, 2, 3]
