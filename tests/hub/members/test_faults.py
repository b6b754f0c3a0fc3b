"""A disk that is full or hangs: nothing is half done, and the doors go on by what they know."""

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection

from hub.members import acts, people, store
from hub.members.store import Unavailable
from tests.hub.members.material import full_disk, member, opened, running


async def names(of: store.Store) -> list[str]:
    return [one.name for one in (await of.read(people.search)).members]


async def many(of: store.Store) -> None:
    for number in range(200):
        await member(of, f"Member {number}")


@pytest.mark.fault
async def test_on_a_full_disk_a_change_is_refused_whole_and_works_later(tmp_path: Path) -> None:
    async with opened(tmp_path) as here:
        await member(here, "Before")
        room = sum(path.stat().st_size for path in (tmp_path / "members").glob("members.db"))
        with full_disk(room):
            with pytest.raises(Unavailable, match="is the disk full"):
                await many(here)
            done = await names(here)
            assert len(await here.read(acts.waiting)) == len(done)
        await member(here, "Later")
        assert set(await names(here)) == {*done, "Later"}


async def test_a_database_that_hangs_is_given_up_and_everything_else_runs_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "WITHIN_S", 0.1)
    go_on = threading.Event()

    def hang(_: Connection) -> None:
        go_on.wait(10)

    async with opened(tmp_path) as here:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.005)

        ticking = asyncio.create_task(tick())
        with pytest.raises(Unavailable, match="takes too long"):
            await here.read(hang)
        ticking.cancel()
        await asyncio.wait([ticking])
        go_on.set()
        assert ticks > 5


async def test_after_the_disk_was_full_the_members_serve_again(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.quiet()
        with full_disk(0), pytest.raises(Unavailable):
            await member(here.store, "Too much")
        await member(here.store, "Later", badge=1)
        assert len((await here.quiet()).badges) == 1
