"""Calls that may hang."""

import asyncio
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devices.board import blocking
from devices.board.blocking import BlockingCalls
from devices.errors import NoReply
from tests.devices.board.bench import until

ROOT = Path(__file__).parents[3]


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """What a hanging call waits for; it is let go when the test ends."""
    event = threading.Event()
    yield event
    event.set()


async def test_a_call_gives_the_result_of_the_function() -> None:
    assert await BlockingCalls().run("sum", lambda: 1 + 1, deadline_s=5) == 2


async def test_a_call_runs_in_a_daemon_thread() -> None:
    thread = await BlockingCalls().run("thread", threading.current_thread, deadline_s=5)
    assert thread is not threading.main_thread()
    assert thread.daemon


async def test_what_the_function_raises_reaches_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        await BlockingCalls().run("division", lambda: 1 / 0, deadline_s=5)


@pytest.mark.alone
async def test_a_thousand_calls_one_after_the_other_need_one_thread() -> None:
    calls = BlockingCalls()
    idents = {await calls.run("read", threading.get_ident, deadline_s=5) for _ in range(1000)}
    assert len(idents) == calls.threads == 1


@pytest.mark.alone
async def test_two_hundred_quick_calls_at_once_share_a_few_threads() -> None:
    calls = BlockingCalls()
    for _ in range(5):
        await asyncio.gather(*(calls.run(f"read {n}", threading.get_ident, deadline_s=5) for n in range(200)))
    assert calls.threads <= 20


async def test_slow_calls_run_side_by_side() -> None:
    calls = BlockingCalls()
    together = threading.Barrier(30, timeout=10)
    await asyncio.gather(*(calls.run(f"slow {n}", together.wait, deadline_s=10) for n in range(30)))


async def test_a_call_that_hangs_is_given_up_at_its_deadline(release: threading.Event) -> None:
    before = time.monotonic()
    with pytest.raises(NoReply, match="sensor did not answer"):
        await BlockingCalls().run("sensor", release.wait, deadline_s=0.1)
    assert 0.1 <= time.monotonic() - before < 2


async def test_a_hanging_key_is_refused_until_it_comes_back(
    release: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    calls = BlockingCalls()
    with pytest.raises(NoReply):
        await calls.run("sensor", release.wait, deadline_s=0.02)
    threads = calls.threads
    for _ in range(3):
        with pytest.raises(NoReply, match="sensor still hangs since"):
            await calls.run("sensor", release.wait, deadline_s=0.02)
    assert list(calls.hanging) == ["sensor"]
    assert calls.threads == threads
    release.set()
    await until(lambda: not calls.hanging)
    assert await calls.run("sensor", lambda: "back", deadline_s=5) == "back"
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


@pytest.mark.alone
async def test_twenty_hanging_calls_delay_another_by_milliseconds_only(release: threading.Event) -> None:
    calls = BlockingCalls()
    hanging = [asyncio.create_task(calls.run(f"sensor {n}", release.wait, deadline_s=30)) for n in range(20)]
    await asyncio.sleep(0)
    before = time.monotonic()
    await calls.run("good one", lambda: None, deadline_s=5)
    first_s = time.monotonic() - before
    assert calls.threads <= 40
    before = time.monotonic()
    for _ in range(100):
        await calls.run("good one", lambda: None, deadline_s=5)
    mean_s = (time.monotonic() - before) / 100
    release.set()
    await asyncio.gather(*hanging)
    assert first_s < 0.5
    assert mean_s < 0.01


async def test_a_cancelled_caller_leaves_at_once_and_its_hang_is_still_counted(release: threading.Event) -> None:
    calls = BlockingCalls()
    caller = asyncio.create_task(calls.run("sensor", release.wait, deadline_s=0.05))
    await asyncio.sleep(0.01)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await until(lambda: "sensor" in calls.hanging)


async def test_a_call_cancelled_before_its_turn_is_never_made() -> None:
    calls = BlockingCalls()
    made: list[str] = []
    caller = asyncio.create_task(calls.run("late", lambda: made.append("late"), deadline_s=5))
    calls._threads.add(threading.current_thread())  # as if all threads were busy
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    calls._threads.clear()
    await calls.run("next", lambda: made.append("next"), deadline_s=5)
    assert made == ["next"]


async def test_a_result_that_comes_too_late_is_discarded(release: threading.Event) -> None:
    calls = BlockingCalls()
    discarded: list[str] = []

    def opened() -> str:
        release.wait()
        return "port"

    with pytest.raises(NoReply):
        await calls.run("port", opened, deadline_s=0.02, discard=discarded.append)
    release.set()
    await until(lambda: discarded == ["port"])


async def test_a_result_that_comes_together_with_the_cancellation_is_discarded(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = BlockingCalls()
    discarded: list[str] = []
    caller = asyncio.create_task(calls.run("port", lambda: "port", deadline_s=5, discard=discarded.append))
    deliver = calls._deliver

    def deliver_and_cancel(*outcome: Any) -> None:
        deliver(*outcome)
        caller.cancel()

    monkeypatch.setattr(calls, "_deliver", deliver_and_cancel)
    with pytest.raises(asyncio.CancelledError):
        await caller
    await until(lambda: discarded == ["port"])


async def test_a_result_in_time_is_not_discarded() -> None:
    discarded: list[int] = []
    assert await BlockingCalls().run("port", lambda: 7, deadline_s=5, discard=discarded.append) == 7
    assert not discarded


async def test_a_failure_to_discard_is_logged_and_the_thread_lives_on(
    release: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    calls = BlockingCalls()
    with pytest.raises(NoReply):
        await calls.run("port", release.wait, deadline_s=0.02, discard=lambda _: 1 / 0)
    release.set()
    await until(lambda: "port gave too late could not be released" in caplog.text)
    assert await calls.run("port", lambda: 1, deadline_s=5) == 1
    assert calls.threads == 1


async def test_idle_threads_end_and_are_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocking, "IDLE_S", 0.01)
    calls = BlockingCalls()
    await calls.run("read", lambda: None, deadline_s=5)
    await until(lambda: calls.threads == 0)
    assert await calls.run("read", lambda: "again", deadline_s=5) == "again"


async def test_without_a_thread_to_start_a_call_gets_its_error_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_more(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_more)
    with pytest.raises(NoReply):
        await BlockingCalls().run("read", lambda: None, deadline_s=0.05)
    assert "no thread can be started" in caplog.text


def test_a_result_for_a_loop_that_has_closed_troubles_nobody() -> None:
    calls = BlockingCalls()
    release, done = threading.Event(), threading.Event()

    def work() -> None:
        release.wait()
        done.set()

    async def give_up() -> None:
        with pytest.raises(NoReply):
            await calls.run("read", work, deadline_s=0.02)

    asyncio.run(give_up())
    release.set()
    assert done.wait(5)


EXIT = """
import asyncio, threading
from devices.board.blocking import BlockingCalls
from devices.errors import NoReply

async def main():
    calls = BlockingCalls()
    await asyncio.gather(
        *(calls.run(str(n), threading.Event().wait, deadline_s=1) for n in range(20)), return_exceptions=True
    )
    print(len(calls.hanging))

asyncio.run(main())
"""


def test_hanging_threads_do_not_delay_the_exit_of_the_process() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", EXIT], cwd=ROOT, capture_output=True, text=True, timeout=10, check=True
    )
    assert ended.stdout == "20\n"
