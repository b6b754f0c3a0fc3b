"""Calls that may hang, each in a daemon thread and with a deadline.

asyncio's default executor has a handful of threads: as many hung reads would stop everybody else, and the exit too.
Here idle threads are used again, so that 200 quick sensors share one or two; while the threads there are make no
progress, more are started, so that hung calls stop nobody; and all of them are daemons, so that none delays the exit.
See docs/decisions/0002-blocking-reads.md.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from devices.errors import NoReply

log = logging.getLogger(__name__)

PATIENCE_S = 0.005
"""A call waits so long for one of the busy threads; if none finished anything meanwhile, a new one is started."""
STARTING_AT_MOST = 8
"""Threads that are started before the first of them is running."""
IDLE_S = 60.0
"""A thread that had nothing to do for so long ends."""

Result = TypeVar("Result")


@dataclass(slots=True, eq=False)
class _Call(Generic[Result]):
    """One call, from the event loop to a thread and back."""

    key: str
    work: Callable[[], Result]
    discard: Callable[[Result], object] | None
    future: asyncio.Future[Result]
    due: float
    """When it is given up, on the loop's clock."""
    finished_before: int
    started: bool = False
    timer: asyncio.TimerHandle | None = None


class BlockingCalls:
    """Runs blocking functions for coroutines of any number of event loops."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._threads: set[threading.Thread] = set()
        self._starting: set[threading.Thread] = set()
        self._hanging: dict[str, tuple[_Call[object], float]] = {}
        self._finished = 0

    @property
    def hanging(self) -> Mapping[str, float]:
        """Calls that never came back, each with the time (Unix) since when its thread has been lost."""
        return {key: since for key, (_, since) in self._hanging.items()}

    async def run(
        self,
        key: str,
        work: Callable[[], Result],
        *,
        deadline_s: float,
        discard: Callable[[Result], object] | None = None,
    ) -> Result:
        """The result of `work()`, which runs in a thread; `discard` gets a result that comes too late for anybody.

        Raises:
            NoReply: it did not return in time, or an earlier call with the same `key` still hangs.
        """
        if key in self._hanging:
            since = time.strftime("%H:%M:%S", time.localtime(self.hanging[key]))
            raise NoReply(f"{key} still hangs since {since}: unplug and replug the sensor, or restart this Pi")
        loop = asyncio.get_running_loop()
        call = _Call(key, work, discard, loop.create_future(), loop.time() + deadline_s, self._finished)
        self._waiting.put(partial(self._carry_out, call, loop))
        if not self._threads:
            self._start_thread()
        self._watch(call, loop, deadline_s)
        return await call.future

    def _watch(self, call: _Call[Result], loop: asyncio.AbstractEventLoop, deadline_s: float) -> None:
        """Look again after the patience, and from then on at the deadline."""
        call.timer = loop.call_later(min(PATIENCE_S, deadline_s), self._look, call, loop)

    def _look(self, call: _Call[Result], loop: asyncio.AbstractEventLoop) -> None:
        left_s = call.due - loop.time()
        if left_s <= 0:
            self._give_up(call)
        elif call.started:
            call.timer = loop.call_later(left_s, self._look, call, loop)
        elif not call.future.done():
            if call.finished_before == self._finished and len(self._starting) < STARTING_AT_MOST:
                self._start_thread()
            call.finished_before = self._finished
            self._watch(call, loop, left_s)

    def _give_up(self, call: _Call[Result]) -> None:
        if call.started:
            self._hanging[call.key] = (call, time.time())  # type: ignore[assignment] # only its identity matters
            log.warning("%s hangs; its thread is left behind (%d so far)", call.key, len(self._hanging))
        if not call.future.done():
            call.future.set_exception(NoReply(f"{call.key} did not answer in time: check its wiring and power"))

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._serve, name="alcolab-blocking", daemon=True)
        self._threads.add(thread)
        self._starting.add(thread)
        thread.start()

    def _serve(self) -> None:
        thread = threading.current_thread()
        self._starting.discard(thread)
        with suppress(Empty):
            while True:
                self._waiting.get(timeout=IDLE_S)()
        self._threads.discard(thread)

    def _carry_out(self, call: _Call[Result], loop: asyncio.AbstractEventLoop) -> None:
        """In a thread: work, and hand the outcome to the loop; a loop that was closed meanwhile wants none."""
        if call.future.done():
            return
        call.started = True
        deliver: Callable[[], None]
        try:
            deliver = partial(self._deliver, call, call.work())
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to the one who awaits the call
            deliver = partial(self._fail, call, error)
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(deliver)

    def _deliver(self, call: _Call[Result], result: Result) -> None:
        self._end(call)
        if not call.future.done():
            call.future.set_result(result)
        elif call.discard is not None:
            self._waiting.put(partial(call.discard, result))

    def _fail(self, call: _Call[Result], error: Exception) -> None:
        self._end(call)
        if not call.future.done():
            call.future.set_exception(error)

    def _end(self, call: _Call[Result]) -> None:
        self._finished += 1
        if call.timer is not None:
            call.timer.cancel()
        hanging, since = self._hanging.get(call.key, (None, 0.0))
        if hanging is call:
            del self._hanging[call.key]
            log.info("%s came back after %.0f s", call.key, time.time() - since)
