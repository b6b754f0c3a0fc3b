"""What a social centre may report, and what it cannot know."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from devices.arcade.options import Pay
from devices.arcade.turns.effects import SessionEnded
from devices.arcade.turns.statistics import FILE, DiskTrouble, Statistics
from devices.errors import StorageFull
from tests.devices.arcade.turns.clocks import SetClock

SESSION = SessionEnded(
    id="a", seconds=360.0, players=1, paid=Pay.FREE, waited_s=0.0, game="tetris.zip", credential=None
)
NOTHING = {"sessions": 0, "hours": 0.0, "players": 0, "two_player_share": 0.0, "waiting_median_s": 0}


@asynccontextmanager
async def statistics(
    folder: Path, clock: SetClock | None = None, alarms: list[str] | None = None
) -> AsyncIterator[Statistics]:
    clock = clock or SetClock()
    alarm = ([] if alarms is None else alarms).append
    counted = Statistics(folder, clock, alarm, since_boot_s=lambda: clock.boot_s)
    try:
        yield counted
    finally:
        await counted.close()


async def period(counted: Statistics, name: str) -> Any:
    return (await counted.sums())[name]


async def test_a_new_cabinet_has_nothing_to_report(tmp_path: Path) -> None:
    async with statistics(tmp_path) as counted:
        assert await counted.sums() == {"week": NOTHING, "month": NOTHING, "year": NOTHING}


async def test_sessions_hours_players_two_player_share_and_waiting_are_summed(tmp_path: Path) -> None:
    async with statistics(tmp_path) as counted:
        await counted.record(SESSION)
        await counted.record(replace(SESSION, id="b", seconds=720.0, players=2, waited_s=100.0))
        await counted.record(replace(SESSION, id="c", seconds=720.0, waited_s=140.0, credential="ada"))
        await counted.record(replace(SESSION, id="d", seconds=1800.0, waited_s=500.0, credential="ada"))
        assert await period(counted, "week") == {
            "sessions": 4,
            "hours": 1.0,
            "players": 3,
            "two_player_share": 0.25,
            "waiting_median_s": 140,
        }


async def test_a_session_counts_once_however_often_it_is_recorded(tmp_path: Path) -> None:
    async with statistics(tmp_path) as counted:
        for _ in range(3):
            await counted.record(SESSION)
    async with statistics(tmp_path) as counted:
        await counted.record(SESSION)
        assert (await period(counted, "year"))["sessions"] == 1


async def test_a_bump_against_a_switch_is_no_session(tmp_path: Path) -> None:
    async with statistics(tmp_path) as counted:
        await counted.record(replace(SESSION, seconds=4.0))
        assert await period(counted, "week") == NOTHING


@pytest.mark.parametrize(
    ("ended", "asked", "counts"),
    [
        ("2026-03-01T22:59", "2026-03-02T12:00", ["month", "year"]),  # Sunday evening in Amiens; asked on Monday
        ("2026-03-01T23:00", "2026-03-02T12:00", ["week", "month", "year"]),
        ("2026-03-31T21:59", "2026-04-01T12:00", ["week", "year"]),  # summer time
        ("2026-03-31T22:00", "2026-04-01T12:00", ["week", "month", "year"]),
        ("2025-12-31T22:59", "2026-01-01T12:00", ["week"]),
        ("2025-12-31T23:00", "2026-01-01T12:00", ["week", "month", "year"]),
    ],
)
async def test_weeks_begin_on_monday_and_all_periods_at_local_midnight(
    tmp_path: Path, ended: str, asked: str, counts: list[str]
) -> None:
    clock = SetClock(ended)
    async with statistics(tmp_path, clock) as counted:
        await counted.record(SESSION)
        clock.set(asked)
        sums = await counted.sums()
    assert [name for name, each in sums.items() if each != NOTHING] == counts


async def test_no_badge_and_no_game_is_in_any_file(tmp_path: Path) -> None:
    async with statistics(tmp_path) as counted:
        await counted.record(replace(SESSION, credential="keyed-hash-of-ada"))
    for file in tmp_path.iterdir():
        assert b"keyed-hash-of-ada" not in file.read_bytes()
        assert b"tetris" not in file.read_bytes()


async def test_the_key_is_for_its_owner_alone_and_changes_each_year(tmp_path: Path) -> None:
    clock = SetClock("2025-06-01T12:00")
    async with statistics(tmp_path, clock) as counted:
        await counted.record(replace(SESSION, credential="ada"))
        (key,) = tmp_path.glob("*.key")
        assert (key.name, key.stat().st_mode & 0o777) == ("players-2025.key", 0o600)
        clock.set("2026-06-01T12:00")
        await counted.record(replace(SESSION, id="b", credential="ada"))
    assert [each.name for each in tmp_path.glob("*.key")] == ["players-2026.key"]
    with sqlite3.connect(tmp_path / FILE) as db:
        pseudonyms = {player for (player,) in db.execute("SELECT player FROM session")}
    db.close()
    assert len(pseudonyms) == 2


async def test_a_player_of_one_year_is_one_player_after_a_restart(tmp_path: Path) -> None:
    for key in ("a", "b"):
        async with statistics(tmp_path) as counted:
            await counted.record(replace(SESSION, id=key, credential="ada"))
            assert (await period(counted, "year"))["players"] == 1


async def test_a_damaged_key_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "players-2026.key").write_bytes(b"half")
    async with statistics(tmp_path) as counted:
        await counted.record(replace(SESSION, credential="ada"))
    assert len((tmp_path / "players-2026.key").read_bytes()) == 32


async def test_sessions_of_this_boot_get_their_exact_time_once_the_clock_is_trusted(tmp_path: Path) -> None:
    clock = SetClock("1970-01-01T00:05", trusted=False)
    async with statistics(tmp_path, clock) as counted:
        await counted.record(SESSION)
        clock.after(3 * 3600)
        clock.set("2026-03-09T01:00")  # two in the morning of a Monday: it ended at eleven in the evening before
        clock.trusted = True
        sums = await counted.sums()
    assert [name for name, each in sums.items() if each != NOTHING] == ["month", "year"]


async def test_sessions_of_a_boot_that_never_knew_the_time_count_when_it_is_known(tmp_path: Path) -> None:
    async with statistics(tmp_path, SetClock("1970-01-01T00:05", trusted=False)) as counted:
        await counted.record(replace(SESSION, credential="ada"))
    async with statistics(tmp_path, SetClock("2026-03-04T15:00", boot="two")) as counted:
        await counted.record(replace(SESSION, id="b", credential="ada"))
        week = await period(counted, "week")
    assert (week["sessions"], week["players"]) == (2, 1)


async def test_of_old_years_only_sums_remain(tmp_path: Path) -> None:
    clock = SetClock("2024-05-01T12:00")
    async with statistics(tmp_path, clock) as counted:
        await counted.record(replace(SESSION, credential="ada", waited_s=60.0))
        await counted.record(replace(SESSION, id="b", players=2, credential="ada"))
        before = await counted.year(2024)
        clock.set("2025-05-01T12:00")
        await counted.record(replace(SESSION, id="c"))
        await counted.sums()
        clock.set("2026-01-10T12:00")
        await counted.sums()
        assert await counted.year(2024) == before
        assert (before.sessions, before.players, before.together, before.waiting_median_s) == (2, 1, 1, 60.0)
        assert (await counted.year(2025)).sessions == 1
    with sqlite3.connect(tmp_path / FILE) as db:
        assert [each for (each,) in db.execute("SELECT id FROM session")] == ["c"]
    db.close()


async def test_a_damaged_file_is_set_aside_with_an_alarm_and_counting_goes_on(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"this is no database, and long enough to be seen as none" * 100)
    alarms: list[str] = []
    async with statistics(tmp_path, alarms=alarms) as counted:
        await counted.record(SESSION)
        assert (await period(counted, "week"))["sessions"] == 1
    assert len(alarms) == 1
    assert "set aside" in alarms[0]
    assert list(tmp_path.glob(f"{FILE}.damaged-*"))


async def record_many(counted: Statistics) -> None:
    for n in range(500):
        await counted.record(replace(SESSION, id=f"{n:0200}"))


async def test_a_full_disk_is_said_and_the_session_can_be_recorded_later(tmp_path: Path) -> None:
    async with statistics(tmp_path) as counted:
        await counted.sums()
        db = counted._sessions._file._open
        assert db is not None
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StorageFull, match="free some space"):
            await record_many(counted)
        db.execute(f"PRAGMA max_page_count = {2 * pages}")  # there is room again
        await counted.record(SESSION)
        assert (await period(counted, "week"))["sessions"] >= 1


async def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "gone").touch()
    counted = Statistics(tmp_path / "gone", SetClock(), print)
    with pytest.raises(DiskTrouble, match="check the disk"):
        await counted.record(SESSION)


async def test_a_file_of_a_later_release_is_kept_aside(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    alarms: list[str] = []
    counted = Statistics(tmp_path, SetClock(), alarms.append)
    await counted.record(SESSION)
    await counted.close()
    assert "another release (version 99)" in alarms[0]
    assert list(tmp_path.glob(f"{FILE}.damaged-*"))


async def test_a_session_whose_caller_is_cancelled_is_counted_once(tmp_path: Path) -> None:
    async with statistics(tmp_path) as counted:
        recording = asyncio.create_task(counted.record(SESSION), name="record")
        await asyncio.sleep(0)
        recording.cancel()
        await asyncio.gather(recording, return_exceptions=True)
        await counted.record(SESSION)
        assert (await period(counted, "week"))["sessions"] == 1
