"""Credits are entered once, kept through everything, and never spent twice."""

import asyncio
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from threading import Event

import pytest

from devices.arcade.coins.ledger import Ledger
from devices.arcade.coins.ledger_file import Added, Entry, LedgerFile
from devices.errors import StorageFull
from tests.faults.small_disk import small_disk


def numbers(ledger: Ledger) -> tuple[int, int]:
    return ledger.balance, ledger.pulses


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class TestEntries:
    async def test_a_new_ledger_is_empty(self, tmp_path: Path) -> None:
        async with Ledger(tmp_path / "new") as ledger:
            assert numbers(ledger) == (0, 0)
            assert (ledger.trouble, ledger.damage) == ("", "")

    async def test_a_coin_counts_once_however_often_it_is_told(self, tmp_path: Path) -> None:
        async with Ledger(tmp_path) as ledger:
            assert await ledger.insert("coin", 2, pulses=2) is True
            assert await ledger.insert("coin", 2, pulses=2) is False
            assert numbers(ledger) == (2, 2)

    async def test_everything_is_there_after_a_restart(self, tmp_path: Path) -> None:
        for life in range(3):
            async with Ledger(tmp_path) as ledger:
                assert numbers(ledger) == (2 * life, life)
                assert await ledger.insert(f"coin {life}", 3, pulses=2) is True
                assert await ledger.insert("coin 0", 3, pulses=2) is False
                assert await ledger.spend(f"turn {life}", 1) is True
                assert await ledger.take_pulses() == 1

    async def test_a_turn_is_paid_once_however_often_it_is_asked(self, tmp_path: Path) -> None:
        async with Ledger(tmp_path) as ledger:
            await ledger.insert("coin", 3)
            assert [await ledger.spend("turn", 2) for _ in range(3)] == [True, True, True]
            assert ledger.balance == 1

    async def test_credits_that_are_not_there_are_not_spent(self, tmp_path: Path) -> None:
        async with Ledger(tmp_path) as ledger:
            assert await ledger.spend("turn", 1) is False
            await ledger.insert("coin", 1)
            assert await ledger.spend("turn", 2) is False
            assert ledger.balance == 1

    async def test_of_two_who_spend_the_last_credit_at_once_one_gets_it(self, tmp_path: Path) -> None:
        async with Ledger(tmp_path) as ledger:
            await ledger.insert("coin", 1)
            assert sorted(await asyncio.gather(ledger.spend("one", 1), ledger.spend("other", 1))) == [False, True]
            assert ledger.balance == 0

    async def test_a_turn_that_did_not_come_about_is_given_back_once(self, tmp_path: Path) -> None:
        async with Ledger(tmp_path) as ledger:
            await ledger.insert("coin", 3)
            await ledger.spend("turn", 2)
            assert [await ledger.refund("turn") for _ in range(2)] == [True, False]
            assert await ledger.refund("never paid") is False
            assert ledger.balance == 3

    async def test_a_technician_grants_credits_and_no_pulses(self, tmp_path: Path) -> None:
        async with Ledger(tmp_path) as ledger:
            assert [await ledger.grant("command", 5) for _ in range(2)] == [True, False]
            assert numbers(ledger) == (5, 0)

    async def test_pulses_are_given_to_the_game_once_and_no_more_than_are_owed(self, tmp_path: Path) -> None:
        async with Ledger(tmp_path) as ledger:
            await ledger.insert("coin", 3, pulses=3)
            assert [await ledger.take_pulses(2) for _ in range(3)] == [2, 1, 0]
        async with Ledger(tmp_path) as ledger:
            assert await ledger.take_pulses() == 0

    async def test_cancelling_leaves_a_coin_in_the_ledger_or_not_but_never_by_half(self, tmp_path: Path) -> None:
        async with Ledger(tmp_path) as ledger:
            for n in range(50):
                inserting = asyncio.create_task(ledger.insert(f"coin {n}", 1, pulses=1))
                await asyncio.sleep(n / 20_000)
                inserting.cancel()
                await asyncio.gather(inserting, return_exceptions=True)
            await ledger.save()
            balance, pulses = numbers(ledger)
            assert balance == pulses
        async with Ledger(tmp_path) as ledger:
            assert numbers(ledger) == (balance, pulses)


class TestDisk:
    async def test_on_a_full_disk_credits_count_in_memory_and_are_written_later(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        with small_disk(tmp_path / "disk", "1m") as disk:
            async with Ledger(tmp_path / "disk") as ledger:
                await ledger.insert("before", 1, pulses=1)
                disk.fill()
                for n in range(100):  # SQLite may still have some room in its file
                    assert await ledger.insert(f"coin {n}", 1, pulses=1) is True
                assert await ledger.insert("coin 99", 1, pulses=1) is False
                assert "the disk is full: free some space" in ledger.trouble
                assert ledger.balance == 101
                assert await ledger.spend("turn", 100) is True
                assert await ledger.refund("turn") is True
                assert await ledger.take_pulses() == 0, "unmarked, it would come again after a power cut"
                disk.free()
                assert await ledger.save() is True
                assert ledger.trouble == ""
                assert (await ledger.take_pulses(), ledger.balance) == (1, 101)
            async with Ledger(tmp_path / "disk") as ledger:
                assert numbers(ledger) == (101, 100)
        assert caplog.text.count("the disk is full") == 1
        assert caplog.text.count("on disk again") == 1

    async def test_where_there_is_no_disk_at_all_the_ledger_lives_in_memory(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        async with Ledger(tmp_path / "file/not-a-folder") as ledger:
            assert "check the SD card" in ledger.trouble
            assert await ledger.insert("coin", 1) is True
            assert await ledger.insert("coin", 1) is False
            assert await ledger.spend("turn", 1) is True
            assert await ledger.spend("other", 1) is False
            assert ledger.balance == 0

    async def test_while_the_disk_hangs_credits_count_in_memory_and_what_it_wrote_late_counts_once(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        add, released, hung = LedgerFile.add, Event(), Event()

        def hang(file: LedgerFile, entries: Sequence[Entry]) -> Added:
            hung.set()
            released.wait(20)
            return add(file, entries)

        async with Ledger(tmp_path) as ledger:
            monkeypatch.setattr("devices.arcade.coins.ledger.WITHIN_S", 0.1)
            monkeypatch.setattr(LedgerFile, "add", hang)
            for coin in ("one", "another"):
                assert await ledger.insert(coin, 1) is True
            assert (ledger.balance, bool(ledger.trouble), hung.is_set()) == (2, True, True)
            monkeypatch.undo()
            released.set()
            while not await ledger.save():  # noqa: ASYNC110 - what is waited for sets no event
                await asyncio.sleep(0.01)
            assert ledger.balance == 2
        async with Ledger(tmp_path) as ledger:
            assert ledger.balance == 2

    async def test_what_waits_in_memory_is_bounded(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("devices.arcade.coins.ledger.IN_MEMORY_MOST", 3)
        (tmp_path / "file").write_text("")
        async with Ledger(tmp_path / "file/not-a-folder") as ledger:
            for n in range(3):
                await ledger.insert(f"coin {n}", 1)
            with pytest.raises(StorageFull, match="3 entries of the ledger wait for the disk"):
                await ledger.insert("one more", 1)
            assert ledger.balance == 3

    async def test_another_process_that_holds_the_ledger_is_trouble_and_its_credits_come_when_it_lets_go(
        self, tmp_path: Path
    ) -> None:
        async with Ledger(tmp_path) as first:
            await first.insert("coin", 1)
            async with Ledger(tmp_path) as second:
                assert "locked" in second.trouble
                await second.insert("another coin", 1)
                await first.__aexit__()
                assert await second.save() is True
                assert second.balance == 2

    async def test_trouble_and_its_end_are_told_at_once(self, tmp_path: Path) -> None:
        folder = tmp_path / "ledger"
        folder.write_text("")
        told: list[str] = []
        ledger = Ledger(folder)
        ledger.on_change = lambda: told.append(ledger.trouble)
        async with ledger:
            folder.unlink()
            await ledger.save()
        assert [bool(trouble) for trouble in told] == [True, False]


class TestDamage:
    @pytest.mark.parametrize("content", [b"no database" * 100, bytes(4096), b"SQLite format 3\0" + b"x" * 5000])
    async def test_a_damaged_ledger_is_set_aside_and_said_and_a_new_one_begun(
        self, tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "coins.sqlite").write_bytes(content)
        async with Ledger(tmp_path) as ledger:
            assert "the ledger of coins was damaged" in ledger.damage
            assert ledger.trouble == ""
            assert await ledger.insert("coin", 1) is True
        assert "set aside as coins.sqlite.damaged-" in caplog.text
        aside, *_ = [path for path in tmp_path.iterdir() if ".damaged-" in path.name]
        assert aside.read_bytes() == content
        async with Ledger(tmp_path) as ledger:
            assert (ledger.balance, ledger.damage) == (1, "")

    async def test_damage_while_it_runs_costs_the_player_nothing(self, tmp_path: Path) -> None:
        async with Ledger(tmp_path) as ledger:
            await ledger.insert("coin", 3, pulses=3)
        async with Ledger(tmp_path) as ledger:
            path = tmp_path / "coins.sqlite"
            path.write_bytes(b"x" * path.stat().st_size)
            assert await ledger.insert("another", 1) is True
            assert numbers(ledger) == (4, 3)
            assert "4 credits are known" in ledger.damage
        async with Ledger(tmp_path) as ledger:
            assert numbers(ledger) == (4, 3)

    async def test_the_ledger_of_another_release_is_set_aside(self, tmp_path: Path) -> None:
        with sqlite3.connect(tmp_path / "coins.sqlite") as other:
            other.execute("PRAGMA user_version = 99")
        other.close()
        async with Ledger(tmp_path) as ledger:
            assert "another release (version 99)" in ledger.damage

    async def test_wherever_a_power_cut_tears_the_log_the_coins_before_it_are_there_once(self, tmp_path: Path) -> None:
        """A commit is a stretch of the write-ahead log: what is left of one that was torn does not count."""
        running, torn = tmp_path / "running", tmp_path / "torn"
        async with Ledger(running) as ledger:
            for n in range(5):
                await ledger.insert(f"coin {n}", 1, pulses=1)
            shutil.copytree(running, tmp_path / "cut")
        log = (tmp_path / "cut/coins.sqlite-wal").read_bytes()
        found = []
        for length in (*range(0, len(log), 1024), len(log)):
            shutil.copytree(tmp_path / "cut", torn)
            (torn / "coins.sqlite-wal").write_bytes(log[:length])
            async with Ledger(torn) as ledger:
                assert ledger.balance == ledger.pulses
                found.append(ledger.balance)
                for n in range(5):  # told again
                    assert await ledger.insert(f"coin {n}", 1, pulses=1) is (n >= found[-1])
                assert numbers(ledger) == (5, 5)
            shutil.rmtree(torn)
        assert found == sorted(found)
        assert set(found) == set(range(6))
