"""What is remembered across a restart."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from devices.arcade.turns.memory import FILE, Memory, Remembered
from tests.devices.arcade.turns.clocks import SetClock

SNAPSHOT = {"turn": None, "queue": ["cat"]}


def test_nothing_is_remembered_at_first(tmp_path: Path) -> None:
    clock = SetClock()
    assert Memory(tmp_path, clock).load(clock.now(), 5.0) is None


def test_in_the_same_boot_the_pi_ran_and_the_age_is_exact(tmp_path: Path) -> None:
    clock = SetClock(trusted=False)
    Memory(tmp_path, clock).save(SNAPSHOT, clock.now(), 100.0)
    assert Memory(tmp_path, clock).load(clock.now(), 107.5) == Remembered(SNAPSHOT, 7.5, powered=True)


def test_after_a_power_cut_a_trusted_clock_knows_the_age(tmp_path: Path) -> None:
    clock = SetClock()
    Memory(tmp_path, clock).save(SNAPSHOT, clock.now(), 100.0)
    clock.after(3600)
    clock.boot = "two"
    assert Memory(tmp_path, clock).load(clock.now(), 8.0) == Remembered(SNAPSHOT, 3600.0, powered=False)


@pytest.mark.parametrize(("before", "after"), [(False, True), (True, False), (False, False)])
def test_after_a_power_cut_without_a_trusted_clock_nobody_knows_the_age(
    tmp_path: Path, before: bool, after: bool
) -> None:
    clock = SetClock(trusted=before)
    Memory(tmp_path, clock).save(SNAPSHOT, clock.now(), 100.0)
    clock.boot, clock.trusted = "two", after
    assert Memory(tmp_path, clock).load(clock.now(), 8.0) == Remembered(SNAPSHOT, None, powered=False)


def test_a_clock_that_was_set_back_makes_no_negative_age(tmp_path: Path) -> None:
    clock = SetClock()
    Memory(tmp_path, clock).save(SNAPSHOT, clock.now(), 100.0)
    clock.after(-timedelta(days=3).total_seconds())
    clock.boot = "two"
    assert Memory(tmp_path, clock).load(clock.now(), 8.0) == Remembered(SNAPSHOT, 0.0, powered=False)


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    clock = SetClock()
    Memory(tmp_path, clock).save(SNAPSHOT, clock.now(), 100.0)
    assert [(file.name, file.stat().st_mode & 0o777) for file in tmp_path.iterdir()] == [(FILE, 0o600)]


@pytest.mark.parametrize(
    "spoilt", ["", "{", "[]", "null", "{}", '{"boot": "one"}', '{"snapshot": 1, "at_s": "x", "boot": 1, "at": null}']
)
def test_a_spoilt_file_is_set_aside(tmp_path: Path, spoilt: str) -> None:
    (tmp_path / FILE).write_text(spoilt)
    clock = SetClock()
    assert Memory(tmp_path, clock).load(clock.now(), 5.0) is None
    assert [file.name for file in tmp_path.iterdir()] == ["turns.damaged"]


def test_a_crash_while_saving_leaves_what_was_there(tmp_path: Path) -> None:
    clock = SetClock()
    memory = Memory(tmp_path, clock)
    memory.save(SNAPSHOT, clock.now(), 100.0)
    (tmp_path / "turns.new").write_text(json.dumps(SNAPSHOT)[:10])
    assert memory.load(clock.now(), 101.0) == Remembered(SNAPSHOT, 1.0, powered=True)
