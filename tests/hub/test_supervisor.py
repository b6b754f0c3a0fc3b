"""The supervisor: what fails is tried again, what hangs is reported, and nobody else notices."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from devices.errors import DeviceOffline
from hub import supervisor as module
from hub.supervisor import BACKOFF_FIRST_S, BACKOFF_MOST_S, Condition, Supervisor, backoff_s


def quickly(_: int) -> float:
    return 0.001


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.001)


class Counting:
    """Work that counts how often it was begun, then does as it is told."""

    def __init__(self, then: Callable[[int], Awaitable[None]]) -> None:
        self.begun = 0
        self._then = then

    async def __call__(self) -> None:
        self.begun += 1
        await self._then(self.begun)


async def forever(_: int) -> None:
    await asyncio.Event().wait()


async def unplugged(_: int) -> None:
    raise DeviceOffline("plug it in")


async def test_one_that_fails_and_one_that_floods_the_loop_disturb_no_other() -> None:
    failing, steady = Counting(unplugged), Counting(forever)

    async def greedy() -> None:
        while True:  # noqa: ASYNC110 - it is the point
            await asyncio.sleep(0)

    async with Supervisor(wait=quickly) as supervisor:
        supervisor.start("failing", failing)
        supervisor.start("greedy", greedy)
        supervisor.start("steady", steady)
        await until(lambda: failing.begun > 20)
        assert steady.begun == 1
        assert supervisor.statuses["steady"].condition is Condition.RUNNING


def test_waits_double_up_to_a_minute() -> None:
    longest = [backoff_s(failures, lambda: 1.0) for failures in range(1, 12)]
    assert longest[:4] == [BACKOFF_FIRST_S, 2 * BACKOFF_FIRST_S, 4 * BACKOFF_FIRST_S, 8 * BACKOFF_FIRST_S]
    assert longest[-1] == BACKOFF_MOST_S
    assert backoff_s(10_000, lambda: 1.0) == BACKOFF_MOST_S


def test_waits_are_jittered_so_that_a_lab_does_not_return_in_step() -> None:
    waits = {backoff_s(7) for _ in range(100)}
    assert len(waits) > 90
    assert all(BACKOFF_MOST_S / 2 <= wait <= BACKOFF_MOST_S for wait in waits)


async def test_each_failure_waits_longer_until_it_ran_steadily() -> None:
    asked: list[int] = []
    steady = asyncio.Event()

    def wait(failures: int) -> float:
        asked.append(failures)
        return 0.001

    async def work(begun: int) -> None:
        if begun == 4:
            await steady.wait()
        raise DeviceOffline("plug it in")

    async with Supervisor(wait=wait, steady_after_s=0.02) as supervisor:
        supervisor.start("sensor", Counting(work))
        await until(lambda: len(asked) == 3)
        await until(lambda: supervisor.statuses["sensor"].failures == 0)
        steady.set()
        await until(lambda: len(asked) == 5)
    assert asked[:5] == [1, 2, 3, 1, 2]


async def test_a_loss_is_logged_once_and_a_recovery_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def work(begun: int) -> None:
        if begun <= 10:
            raise DeviceOffline("plug it in")
        await asyncio.Event().wait()

    async with Supervisor(wait=quickly, steady_after_s=0.02) as supervisor:
        supervisor.start("link", Counting(work))
        await until(lambda: "recovered" in caplog.text)
    said = [record.getMessage() for record in caplog.records]
    assert said == ["link is lost: plug it in; it will be tried again", "link has recovered"]
    assert not any(record.exc_info for record in caplog.records)


async def test_one_that_takes_its_time_to_fail_has_not_recovered_in_between(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def slow_to_fail(_: int) -> None:
        await asyncio.sleep(0.01)
        raise DeviceOffline("no answer")

    work = Counting(slow_to_fail)
    async with Supervisor(wait=quickly, steady_after_s=5) as supervisor:
        supervisor.start("link", work)
        await until(lambda: work.begun > 5)
    assert len(caplog.records) == 1


async def test_another_reason_is_news(caplog: pytest.LogCaptureFixture) -> None:
    async def work(begun: int) -> None:
        raise DeviceOffline("no answer" if begun < 4 else "unplugged")

    work_done = Counting(work)
    async with Supervisor(wait=quickly) as supervisor:
        supervisor.start("sensor", work_done)
        await until(lambda: work_done.begun > 8)
    assert len(caplog.records) == 2


async def test_what_nobody_expected_is_logged_once_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_: int) -> None:
        raise ZeroDivisionError("division by zero")

    work = Counting(broken)
    async with Supervisor(wait=quickly) as supervisor:
        supervisor.start("sensor", work)
        await until(lambda: work.begun > 5)
        assert supervisor.statuses["sensor"].error == "ZeroDivisionError: division by zero"
    (record,) = caplog.records
    assert record.exc_info is not None


async def test_a_port_that_is_told_says_it_itself(caplog: pytest.LogCaptureFixture) -> None:
    reasons: list[str] = []
    async with Supervisor(wait=quickly) as supervisor:
        supervisor.start("bed", Counting(unplugged), lost=reasons.append)
        await until(lambda: len(reasons) > 3)
    assert set(reasons) == {"plug it in"}
    assert caplog.records == []


async def test_the_errors_of_a_task_group_are_said_in_words(caplog: pytest.LogCaptureFixture) -> None:
    async def work(begun: int) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(unplugged(begun), name="one")

    async with Supervisor(wait=quickly) as supervisor:
        supervisor.start("bed", Counting(work))
        await until(lambda: bool(caplog.records))
    assert caplog.records[0].getMessage() == "bed is lost: plug it in; it will be tried again"


async def test_a_cancellation_from_inside_is_a_failure_and_not_the_end() -> None:
    async def cancelled_by_a_library(_: int) -> None:
        raise asyncio.CancelledError

    work = Counting(cancelled_by_a_library)
    async with Supervisor(wait=quickly) as supervisor:
        supervisor.start("link", work)
        await until(lambda: work.begun > 3)


async def test_one_that_comes_to_its_end_is_left_in_peace() -> None:
    async def done(_: int) -> None:
        return

    work = Counting(done)
    async with Supervisor(wait=quickly) as supervisor:
        supervisor.start("once", work)
        await until(lambda: supervisor.statuses["once"].condition is Condition.ENDED)
        await asyncio.sleep(0.02)
        assert work.begun == 1


async def test_leaving_cancels_all_and_waits_until_their_hardware_is_safe() -> None:
    safe: list[str] = []

    async def holding(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            safe.append(name)

    async with Supervisor() as supervisor:
        for name in ("relay", "lamp"):
            supervisor.start(name, partial(holding, name))
        await asyncio.sleep(0)
    assert sorted(safe) == ["lamp", "relay"]
    assert supervisor.statuses == {}


async def test_one_that_is_stopped_while_it_waits_does_not_start_again() -> None:
    work = Counting(unplugged)
    async with Supervisor(wait=lambda _: 60.0) as supervisor:
        supervisor.start("sensor", work)
        await until(lambda: work.begun == 1)
        await supervisor.stop("sensor")
        assert "sensor" not in supervisor.statuses
    assert work.begun == 1


async def test_one_that_is_stuck_in_a_thread_is_reported_and_left_behind(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STOP_WITHIN_S", 0.05)
    release = threading.Event()
    finished = asyncio.Event()

    async def stuck() -> None:
        call = asyncio.get_running_loop().run_in_executor(None, release.wait)
        while not call.done():
            try:
                await asyncio.shield(call)
            except asyncio.CancelledError:
                continue
        finished.set()

    steady = Counting(forever)
    async with Supervisor() as supervisor:
        supervisor.start("stuck", stuck)
        supervisor.start("steady", steady)
        await asyncio.sleep(0.01)
        await supervisor.stop("stuck")
        assert supervisor.statuses["stuck"].condition is Condition.STUCK
        assert supervisor.statuses["steady"].condition is Condition.RUNNING
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "stuck did not stop" in caplog.text
    release.set()
    await finished.wait()


async def test_a_name_is_given_once() -> None:
    async with Supervisor() as supervisor:
        supervisor.start("bed", Counting(forever))
        with pytest.raises(ValueError, match="bed is running already"):
            supervisor.start("bed", Counting(forever))
