import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from devices.arcade.errands import WAITING_MOST, Errands
from devices.errors import NoReply
from tests.waiting import until


@asynccontextmanager
async def done(errands: Errands) -> AsyncIterator[None]:
    running = asyncio.create_task(errands.run(), name="errands")
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])


def noting(done: list[int], number: int) -> Callable[[], Awaitable[None]]:
    async def note() -> None:
        await asyncio.sleep(0)
        done.append(number)

    return note


async def test_errands_are_done_one_after_the_other_in_their_order() -> None:
    errands, seen = Errands("cabinet"), list[int]()
    async with done(errands):
        for number in range(5):
            errands.do(noting(seen, number))
        await until(lambda: seen == [0, 1, 2, 3, 4])


async def test_who_hammers_on_a_shortcut_gets_it_as_often_as_fits() -> None:
    errands, seen = Errands("cabinet"), list[int]()
    for number in range(100):
        errands.do(noting(seen, number))
    async with done(errands):
        await until(lambda: len(seen) == WAITING_MOST)


async def test_one_that_fails_is_logged_and_the_next_is_done(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise NoReply("the sound card does not answer: see dmesg")

    errands, seen = Errands("cabinet"), list[int]()
    async with done(errands):
        errands.do(fail)
        errands.do(noting(seen, 1))
        await until(lambda: seen == [1])
    assert caplog.messages == ["cabinet: the sound card does not answer: see dmesg"]
