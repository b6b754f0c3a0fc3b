"""The hub killed at any moment, and a disk that is full: nothing acknowledged is ever missing."""

import asyncio
import logging
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hub.history import service, store
from hub.history.queries import Wanted
from hub.history.service import DATABASE
from tests.hub.history import hub_process
from tests.hub.history.hub_process import EVENT_EVERY
from tests.hub.history.material import backlog, reading, running, stored, stored_events, values
from tests.waiting import until

KILLS = 15
ENTRIES = 20_000
SEED = 7


def numbers_in(folder: Path) -> list[int]:
    measured = [int(one.value or 0) for one in stored(folder)]
    return sorted(measured + [one.seq for one in stored_events(folder)])


def hub_until(folder: Path, first: int, *, killed_after_s: float | None) -> int:
    """Run a hub that goes on from `first`; the last number that it acknowledged."""
    command = [sys.executable, hub_process.__file__, str(folder), str(first), str(ENTRIES)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as hub:
        assert hub.stdout is not None
        said = [hub.stdout.readline()]
        if killed_after_s is not None:
            time.sleep(killed_after_s)
            hub.send_signal(signal.SIGKILL)
        said += hub.stdout.readlines()
    acknowledged = [int(line) for line in said if line.endswith("\n")]
    return max(acknowledged, default=first - 1)


@pytest.mark.fault
def test_a_hub_killed_again_and_again_has_everything_once(tmp_path: Path) -> None:
    chance = random.Random(SEED)  # noqa: S311 - the same test each time
    acknowledged = 0
    for _ in range(KILLS):
        acknowledged = hub_until(tmp_path, acknowledged + 1, killed_after_s=chance.uniform(0.0, 0.08))
        there = numbers_in(tmp_path)
        assert len(there) == len(set(there))
        assert set(range(1, acknowledged + 1)) <= set(there)
    assert 0 < acknowledged < ENTRIES, "killed before or after it all: the test proves nothing"
    assert hub_until(tmp_path, acknowledged + 1, killed_after_s=None) == ENTRIES
    assert numbers_in(tmp_path) == list(range(1, ENTRIES + 1))
    assert all(one.at.timestamp() % 86400 == 8 * 3600 + (one.value or 0) for one in stored(tmp_path))
    assert len(stored_events(tmp_path, Wanted(device="bed"))) == ENTRIES // EVENT_EVERY


@pytest.mark.fault
async def test_with_a_full_disk_nothing_is_acknowledged_and_it_recovers_by_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(store, "MERGE_ROWS", 2_000)
    monkeypatch.setattr(service, "STEADY_S", 2.0)
    async with running(tmp_path) as here:
        here.bus.backlogs.emit(backlog(reading(seq) for seq in range(1, 1_001)))
        await here.acknowledges(1_000)
        with full_disk(tmp_path):
            for start in range(1_001, 9_001, 1_000):
                here.bus.backlogs.emit(backlog(reading(seq) for seq in range(start, start + 1_000)))
                await asyncio.sleep(0.05)
            await until(lambda: "cannot be written" in caplog.text)
            await asyncio.sleep(0.5)
            acknowledged = here.mark()
            assert set(range(1, acknowledged + 1)) <= set(numbers_in(tmp_path))
            assert acknowledged < 9_000
        await here.acknowledges(9_000)
        await asyncio.sleep(service.STEADY_S)
        here.bus.relay(reading(9_001))
        await here.acknowledges(9_001)
    assert values(tmp_path) == list(range(1, 9_002))
    said = [record.message for record in caplog.records if record.name == "hub.history.service"]
    assert len(said) == len(set(said))
    assert all("is the disk" in one for one in said[:-1])
    assert said[-1] == "the history can be written again"


class full_disk:  # noqa: N801 - reads as a context
    """No file of this process may grow beyond what the database has now."""

    def __init__(self, folder: Path) -> None:
        self._room = sum(path.stat().st_size for path in folder.glob(f"{DATABASE}*"))
        self._before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def __enter__(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._room, self._before[1]))

    def __exit__(self, *_: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._before)
