"""Who is inside, over restarts and with a disk in trouble."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.access.door.occupants import Occupants
from devices.policy.decision import Direction
from tests.waiting import until

ADA, BOB = "a" * 16, "b" * 16
NOW_S = 1_770_000_000.0


@asynccontextmanager
async def kept(folder: Path) -> AsyncIterator[tuple[Occupants, list[str]]]:
    said: list[str] = []
    occupants = Occupants(folder, said.append)
    await occupants.load()
    keeping = asyncio.create_task(occupants.run(), name="occupants")
    try:
        yield occupants, said
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])


def on_disk(folder: Path) -> set[str]:
    file = folder / "inside.json"
    return set(json.loads(file.read_text())) if file.exists() else set()


async def test_who_came_in_is_there_after_a_restart_and_who_left_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.access.door.occupants.NOT_MORE_OFTEN_S", 0.01)
    async with kept(tmp_path) as (occupants, said):
        for member, direction in ((ADA, Direction.IN), (BOB, Direction.IN), (ADA, Direction.OUT)):
            occupants.passed(member, direction, NOW_S)
        assert occupants.inside(NOW_S) == {BOB}
        await until(lambda: on_disk(tmp_path) == {BOB})
        assert not any(said)
    async with kept(tmp_path) as (occupants, _):
        assert occupants.inside(NOW_S + 60) == {BOB}
        assert occupants.inside(NOW_S + 13 * 3600) == frozenset()


@pytest.mark.parametrize("content", ["", "[]", '{"a": "then"}', "\x00" * 40])
async def test_a_damaged_file_is_said_and_nobody_counts_as_inside(tmp_path: Path, content: str) -> None:
    (tmp_path / "inside.json").write_text(content)
    async with kept(tmp_path) as (occupants, said):
        assert occupants.inside(NOW_S) == frozenset()
        assert "nobody counts as inside" in said[0]


async def test_a_full_disk_is_said_and_made_good_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.access.door.occupants.NOT_MORE_OFTEN_S", 0.01)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("devices.access.door.occupants.replace_file", full)
        async with kept(tmp_path) as (occupants, said):
            occupants.passed(ADA, Direction.IN, NOW_S)
            await until(lambda: said)
            assert "No space left" in said[0]
            assert occupants.inside(NOW_S) == {ADA}
            disk.undo()
            await until(lambda: said[-1] == "")
            assert on_disk(tmp_path) == {ADA}
