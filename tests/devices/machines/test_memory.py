"""What a machine remembers, and what of it is due."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import StorageFull
from devices.machines.kept_record import CONTENT_MOST
from devices.machines.memory import Memory, MemoryFile, Unfinished, memory_of
from devices.machines.options import TASKS_MOST
from tests.faults.small_disk import small_disk

SECONDS = st.floats(0, 1e9)
MEMORIES = st.builds(
    Memory,
    st.booleans(),
    st.none() | st.builds(Unfinished, st.text("0123456789abcdef", min_size=16, max_size=16), SECONDS),
    SECONDS,
    st.integers(0, 10**9),
    st.dictionaries(st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=63), SECONDS, max_size=TASKS_MOST),
)


@given(MEMORIES)
def test_it_is_read_as_it_was_written_and_has_room(memory: Memory) -> None:
    assert memory_of(memory.as_bytes()) == memory
    assert len(memory.as_bytes()) <= CONTENT_MOST


def test_a_task_counts_from_when_it_was_done_or_first_heard_of() -> None:
    memory = Memory(used_s=500 * 3600.0).with_tasks(["nozzle"])
    assert memory.due_in_h("nozzle", 200) == 200
    used = Memory(used_s=750 * 3600.0, maintained=memory.maintained)
    assert used.due_in_h("nozzle", 200) == -50
    assert used.with_done("nozzle").due_in_h("nozzle", 200) == 200
    assert used.with_tasks(["belt"]).maintained == {"belt": 750 * 3600.0}


async def test_the_last_one_is_kept(tmp_path: Path) -> None:
    file = MemoryFile(tmp_path)
    await file.load()
    assert file.memory == Memory()
    await file.save(Memory(sessions=1))
    await file.save(Memory(sessions=2, stopped=True))
    again = MemoryFile(tmp_path)
    await again.load()
    assert again.memory == Memory(sessions=2, stopped=True)
    assert again.damage == ""


@pytest.mark.parametrize("content", [b"", b"{}", b"not ours" * 2000])
async def test_a_damaged_one_means_stopped(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "memory").write_bytes(content)
    file = MemoryFile(tmp_path)
    await file.load()
    assert file.memory == Memory(stopped=True)
    assert "maintainer" in file.damage
    again = MemoryFile(tmp_path)
    await again.load()
    assert again.memory.stopped


async def test_without_room_from_the_first_day_there_is_none(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        disk.fill()
        with pytest.raises(StorageFull, match="check the SD card"):
            await MemoryFile(tmp_path / "disk").load()


async def test_what_was_being_written_when_it_ended_is_written_all_the_same(tmp_path: Path) -> None:
    for turns in range(1, 9):
        file = MemoryFile(tmp_path)
        await file.load()
        running = asyncio.create_task(file.run(lambda _: None))
        file.keep(Memory(sessions=2 * turns + 1))
        for _ in range(turns):
            await asyncio.sleep(0)
        file.keep(Memory(sessions=2 * turns + 2))
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        again = MemoryFile(tmp_path)
        await again.load()
        assert again.memory == Memory(sessions=2 * turns + 2)
