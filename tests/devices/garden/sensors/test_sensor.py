"""Work beside a body: the failure of either ends both."""

import asyncio

import pytest

from devices.errors import BadFrame, DeviceOffline
from devices.garden.sensors.sensor import beside


async def lost(when: asyncio.Event) -> None:
    await when.wait()
    raise DeviceOffline("unplugged")


async def sleep_beside(when: asyncio.Event) -> None:
    async with beside(lost(when), name="listening"):
        await asyncio.sleep(60)


async def fail_beside(when: asyncio.Event) -> None:
    async with beside(lost(when), name="listening"):
        raise BadFrame("nonsense")


async def test_the_failure_of_the_work_ends_the_body_at_once() -> None:
    when = asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, when.set)
    with pytest.raises(DeviceOffline, match="unplugged"):
        await sleep_beside(when)


async def test_the_failure_of_the_body_ends_the_work() -> None:
    with pytest.raises(BadFrame, match="nonsense"):
        await fail_beside(asyncio.Event())


async def test_a_cancellation_is_never_lost_even_when_the_work_fails_in_the_same_moment() -> None:
    when = asyncio.Event()
    task = asyncio.create_task(sleep_beside(when))
    await asyncio.sleep(0.01)
    when.set()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
