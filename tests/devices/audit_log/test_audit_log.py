"""The log as doors, machines and the members' desk use it."""

import asyncio
import contextlib
import errno
import json
import os
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from devices.audit_log import AuditLog, Head, audit_log, verify
from devices.board.clock import Moment
from tests.devices.audit_log.writing import MARCH, NAME, files, lines, written
from tests.faults.small_disk import small_disk
from tests.waiting import until

NOW = Moment(MARCH)


class Listening:
    """Who hears the log's heads and troubles."""

    def __init__(self) -> None:
        self.heads: list[Head] = []
        self.troubles: list[str] = []

    async def until_head(self, entries: int) -> None:
        await until(lambda: self.heads and self.heads[-1].entries >= entries)


@asynccontextmanager
async def running(log: AuditLog) -> AsyncIterator[Listening]:
    heard = Listening()
    task = asyncio.create_task(log.run(heard.heads.append, heard.troubles.append), name="log")
    await asyncio.sleep(0)  # it has begun
    try:
        yield heard
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def kinds(folder: Path) -> list[str]:
    return [json.loads(line)["kind"] for line in lines(folder)]


async def test_an_entry_is_on_the_disk_when_its_head_is_said(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, NAME)
    async with running(log) as heard:
        log.write("access", {"granted": True, "member": "00" * 8}, NOW)
        await heard.until_head(2)
        assert json.loads(lines(tmp_path)[-1])["data"] == {"granted": True, "member": "0" * 16}
        assert verify(tmp_path, heard.heads).heads == 1
    assert heard.troubles == []


async def test_it_says_its_head_when_it_begins(tmp_path: Path) -> None:
    said = written(tmp_path)
    async with running(AuditLog(tmp_path, NAME)) as heard:
        await heard.until_head(1)
    assert heard.heads == said[-1:]


async def test_what_is_written_before_it_runs_waits(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, NAME)
    for n in range(5):
        log.write("access", {"n": n}, NOW)
    async with running(log) as heard:
        await heard.until_head(6)
    assert kinds(tmp_path) == ["log-began"] + ["access"] * 5


async def test_cancelled_at_once_it_still_brings_all_to_the_disk(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, NAME)
    async with running(log):
        for n in range(2000):
            log.write("access", {"n": n}, NOW)
    assert [json.loads(line)["data"].get("n") for line in lines(tmp_path)] == [None, *range(2000)]


async def test_it_goes_on_where_it_was_when_it_runs_again(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, NAME)
    for _ in range(3):
        async with running(log):
            log.write("access", {}, NOW)
    assert verify(tmp_path).head.entries == 4


async def test_a_disk_that_hangs_holds_up_nobody_and_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()
    real = os.fsync

    def hang(descriptor: int) -> None:
        answers.wait(30)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", hang)
    monkeypatch.setattr(audit_log, "SLOW_S", 0.05)
    log = AuditLog(tmp_path, NAME)
    async with running(log) as heard:
        began = time.monotonic()
        for _ in range(100):
            log.write("access", {}, NOW)
        assert time.monotonic() - began < 1
        await until(lambda: heard.troubles)
        assert "does not answer: check the SD card" in heard.troubles[0]
        answers.set()
        await heard.until_head(101)
        await until(lambda: heard.troubles[-1] == "")


async def test_on_a_full_disk_entries_wait_then_are_counted_and_the_log_says_how_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, real = True, os.pwrite

    def pwrite(descriptor: int, data: bytes, at: int) -> int:
        if full:
            real(descriptor, data[:10], at)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, data, at)

    monkeypatch.setattr(os, "pwrite", pwrite)
    monkeypatch.setattr(audit_log, "AGAIN_S", 0.01)
    monkeypatch.setattr(audit_log, "WAITING_AT_MOST", 20)
    log = AuditLog(tmp_path, NAME)
    async with running(log) as heard:
        for n in range(50):
            log.write("access", {"n": n}, NOW)
        await until(lambda: any("some have found no room" in trouble for trouble in heard.troubles))
        assert "No space left on device" in heard.troubles[0]
        full = False
        await heard.until_head(22)
        await until(lambda: heard.troubles[-1] == "")
        log.write("access", {"n": 50}, NOW)
    said = [(json.loads(line)["kind"], json.loads(line)["data"]) for line in lines(tmp_path)]
    assert said[1:21] == [("access", {"n": n}) for n in range(20)]
    assert said[21:] == [("log-lost", {"entries": 30}), ("access", {"n": 50})]
    assert verify(tmp_path, heard.heads).ok


@pytest.mark.fault
async def test_a_disk_that_is_really_full_loses_nothing_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "AGAIN_S", 0.05)
    with small_disk(tmp_path / "state", "1m") as disk:
        folder = tmp_path / "state" / "audit"
        log = AuditLog(folder, NAME)
        async with running(log) as heard:
            log.write("access", {"n": 0}, NOW)
            await heard.until_head(2)
            disk.fill()
            for n in range(1, 200):
                log.write("access", {"n": n}, NOW)
            await until(lambda: heard.troubles)
            assert verify(folder, heard.heads).ok
            disk.free()
            await heard.until_head(201)
        assert [json.loads(line)["data"].get("n") for line in lines(folder)] == [None, *range(200)]


async def test_a_folder_that_cannot_be_written_is_said_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "AGAIN_S", 0.01)
    (tmp_path / "audit").write_text("a file where the folder should be")
    log = AuditLog(tmp_path / "audit", NAME)
    async with running(log) as heard:
        log.write("access", {}, NOW)
        await until(lambda: heard.troubles)
        assert "the audit log cannot be written (" in heard.troubles[0]
        (tmp_path / "audit").unlink()
        await heard.until_head(2)
        await until(lambda: heard.troubles[-1] == "")


async def test_two_who_write_into_one_log_make_one_chain(tmp_path: Path) -> None:
    """The service, and a command that somebody runs beside it."""
    logs = AuditLog(tmp_path, NAME), AuditLog(tmp_path, NAME)
    async with running(logs[0]) as one, running(logs[1]) as other:
        for n in range(200):
            logs[n % 2].write("access", {"n": n}, NOW)
            await asyncio.sleep(0)
        await until(lambda: max(head.entries for head in [*one.heads, *other.heads, Head(0, "")]) == 201)
    verdict = verify(tmp_path, one.heads + other.heads)
    assert verdict.ok
    assert sorted(json.loads(line)["data"].get("n", -1) for line in lines(tmp_path)) == [-1, *range(200)]


async def test_a_log_that_is_being_written_can_be_verified(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, NAME)
    async with running(log) as heard:
        for n in range(3000):
            log.write("access", {"n": n}, NOW)
            if n % 100 == 0:
                await asyncio.sleep(0)
                verdict = await asyncio.to_thread(verify, tmp_path, tuple(heard.heads)) if heard.heads else None
                assert verdict is None or verdict.ok


async def test_months_that_are_over_are_purged_and_the_rest_still_verifies(tmp_path: Path) -> None:
    said = written(tmp_path, 12, every=timedelta(days=20))
    log = AuditLog(tmp_path, NAME)
    async with running(log) as heard:
        log.purge(date(2026, 7, 15), Moment(MARCH + timedelta(days=240)), "door movements are kept for three months")
        await heard.until_head(14)
    assert [file.name[13:20] for file in files(tmp_path)][:2] == ["2026-07", "2026-08"]
    verdict = verify(tmp_path, said + heard.heads, name=NAME)
    assert verdict.ok
    assert verdict.log == NAME
    assert (verdict.heads, verdict.gone) == (9, 4)
    assert verdict.notes == ("entries up to 6 were purged, as entry 14 says: door movements are kept for three months",)
    said_last = json.loads(lines(tmp_path)[-1])["data"]
    assert (said_last["entries"], said_last["hash"], said_last["before"]) == (6, said[4].hash, "2026-07-15")


async def test_a_quiet_log_is_purged_too(tmp_path: Path) -> None:
    """Its newest file is the one that is too old."""
    said = written(tmp_path, 3)
    log = AuditLog(tmp_path, NAME)
    async with running(log) as heard:
        log.purge(date(2026, 8, 1), Moment(MARCH + timedelta(days=200)), "three months")
        await heard.until_head(5)
    assert kinds(tmp_path) == ["log-purged"]
    assert verify(tmp_path, said + heard.heads, name=NAME).ok


@pytest.mark.parametrize(
    ("before", "at"),
    [
        (date(2026, 3, 1), Moment(MARCH)),
        (date(2026, 3, 31), Moment(MARCH)),
        (date(2027, 1, 1), Moment(MARCH, trusted=False)),
        (date(2027, 1, 1), Moment(MARCH)),
    ],
)
async def test_what_is_not_over_or_nobody_knows_the_date_of_is_not_purged(
    tmp_path: Path, before: date, at: Moment
) -> None:
    written(tmp_path, 3)
    log = AuditLog(tmp_path, NAME)
    async with running(log) as heard:
        log.purge(before, at, "three months")
        log.write("access", {}, Moment(MARCH))
        await heard.until_head(5)
    assert kinds(tmp_path) == ["log-began"] + ["access"] * 4


async def test_a_year_that_the_clock_made_up_does_not_keep_older_entries_for_ever(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, NAME)
    async with running(log) as heard:
        for at in (MARCH, MARCH.replace(year=2099), MARCH + timedelta(days=40), MARCH + timedelta(days=200)):
            log.write("access", {}, Moment(at))
        await heard.until_head(5)
        log.purge(date(2026, 8, 1), Moment(MARCH + timedelta(days=200)), "three months")
        await heard.until_head(6)
    assert [file.name[13:20] for file in files(tmp_path)] == ["2026-10"]
    assert verify(tmp_path, heard.heads, name=NAME).ok


async def test_a_log_that_begins_before_the_clock_is_trusted_dates_nothing_wrongly(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, NAME)
    async with running(log) as heard:
        log.write("access", {}, Moment(MARCH.replace(year=1970), trusted=False))
        log.write("access", {}, Moment(MARCH))
        log.write("access", {}, Moment(MARCH.replace(year=1970), trusted=False))
        await heard.until_head(4)
    assert [file.name for file in files(tmp_path)] == ["000000000001-undated.jsonl", "000000000003-2026-03.jsonl"]
    assert [json.loads(line).get("clock") for line in lines(tmp_path)] == ["untrusted", "untrusted", None, "untrusted"]
    assert verify(tmp_path, heard.heads) == verify(tmp_path, heard.heads, name=NAME)
    assert verify(tmp_path).notes == ()


@pytest.mark.parametrize(
    ("write", "why"),
    [
        (lambda log: log.write("access", {"seconds": float("nan")}, NOW), "no number"),
        (lambda log: log.write("access", {"text": "x" * 40_000}, NOW), "too long"),
        (lambda log: log.write("log-purged", {}, NOW), "only the log itself"),
    ],
)
async def test_what_no_log_can_hold_is_refused(tmp_path: Path, write: Callable[[AuditLog], None], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        write(AuditLog(tmp_path, NAME))


async def test_a_disk_that_hangs_does_not_hold_up_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever stops a machine waits for nothing."""
    answers, real = threading.Event(), os.fsync

    def hang(descriptor: int) -> None:
        answers.wait(30)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", hang)
    monkeypatch.setattr(audit_log, "FLUSHED_WITHIN_S", 0.05)
    log = AuditLog(tmp_path, NAME)
    async with running(log):
        log.write("access", {}, NOW)
        await until(lambda: files(tmp_path))
        began = time.monotonic()
    assert time.monotonic() - began < 5
    assert "the audit log of front-door could not be written to its end: 1 lost" in caplog.text
    answers.set()
