"""What comes, and the pauses between."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

import pytest

from devices.access.readers.pauses import with_pauses

PATIENCE_S = 0.05


async def items_of(*waits_s: float) -> AsyncIterator[int]:
    for number, wait_s in enumerate(waits_s):
        await asyncio.sleep(wait_s)
        yield number
    await asyncio.get_running_loop().create_future()


async def taken(items: AsyncIterator[int], count: int, patience_s: float | None) -> Sequence[int | None]:
    async with aclosing(with_pauses(items, lambda: patience_s)) as found:
        return [await anext(found) for _ in range(count)]


async def test_a_pause_is_told_once_and_what_comes_after_it_too() -> None:
    assert await taken(items_of(0, 0, 4 * PATIENCE_S), 4, PATIENCE_S) == [0, 1, None, 2]


async def test_without_patience_asked_for_there_is_no_pause() -> None:
    assert await taken(items_of(0, 4 * PATIENCE_S), 2, None) == [0, 1]


async def test_a_loop_that_is_late_makes_no_pause() -> None:
    """What came meanwhile stands in the kernel's queue, and only the loop has not yet looked."""
    queue: asyncio.Queue[int] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    async def items() -> AsyncIterator[int]:
        while True:
            yield await queue.get()

    async with aclosing(with_pauses(items(), lambda: PATIENCE_S)) as found:
        queue.put_nowait(0)
        assert await anext(found) == 0
        waiting = asyncio.ensure_future(anext(found))
        await asyncio.sleep(0)
        loop.call_soon_threadsafe(queue.put_nowait, 1)
        time.sleep(3 * PATIENCE_S)  # noqa: ASYNC251 - the loop is late
        assert await waiting == 1


async def test_what_fails_fails_here() -> None:
    async def failing() -> AsyncIterator[int]:
        yield 0
        raise ConnectionError("unplugged")

    async with aclosing(with_pauses(failing(), lambda: PATIENCE_S)) as found:
        assert await anext(found) == 0
        with pytest.raises(ConnectionError, match="unplugged"):
            await anext(found)


async def test_when_it_is_closed_nobody_waits_any_more() -> None:
    ended = asyncio.Event()

    async def endless() -> AsyncIterator[int]:
        try:
            yield 0
            await asyncio.get_running_loop().create_future()
        finally:
            ended.set()

    async with aclosing(with_pauses(endless(), lambda: 0.001)) as found:
        assert [await anext(found), await anext(found)] == [0, None]
    assert ended.is_set()
