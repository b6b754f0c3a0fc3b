"""Calls that may hang, each in a daemon thread and with a deadline.

asyncio's default executor has a handful of threads: as many hung reads would stop everybody else, and the exit too.
Here idle threads are used again, so that 200 quick sensors share one or two; while the threads there are make no
progress, more are started, so that hung calls stop nobody; and all of them are daemons, so that none delays the exit.
See docs/decisions/0002-blocking-reads.md.
"""

import asyncio
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from devices.errors import NoReply

log = logging.getLogger(__name__)

PATIENCE_S = 0.005
"""A call waits so long for one of the busy threads; if none came free meanwhile, one more is started."""
PATIENCE_IN_RUSH_S = 0.1
"""The same while the loop itself is late: then threads may only be waiting for the interpreter."""
IDLE_S = 60.0
"""A thread that had nothing to do for so long ends."""

Result = TypeVar("Result")


@dataclass(slots=True, eq=False)
class _Call(Generic[Result]):
    """One call on its way to a thread and back. Only `started` is written by the thread."""

    key: str
    work: Callable[[], Result]
    discard: Callable[[Result], object] | None
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Result]
    since: float
    due: float
    """When it is given up, on the loop's clock."""
    started: bool = False


class BlockingCalls:
    """Runs blocking functions for the coroutines of one event loop."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._threads: set[threading.Thread] = set()
        self._open: dict[_Call[Any], None] = {}
        """Neither come back nor given up; the oldest first."""
        self._alarm: asyncio.TimerHandle | None = None
        self._outcomes: deque[Callable[[], None]] = deque()
        self._told = False
        """Whether the loop knows that there are outcomes."""
        self._hanging: dict[str, tuple[_Call[Any], float]] = {}
        self._changed_at = 0.0
        """When a thread last came free for a further call, or was started (time.monotonic)."""

    @property
    def hanging(self) -> Mapping[str, float]:
        """The keys of the calls that have not come back, each with the time (Unix) when it was given up."""
        return {key: since for key, (_, since) in self._hanging.items()}

    @property
    def threads(self) -> int:
        """How many threads there are: idle, at work and hanging."""
        return len(self._threads)

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
            since = time.strftime("%H:%M:%S", time.localtime(self._hanging[key][1]))
            raise NoReply(f"{key} still hangs since {since}: check its wiring, replug it, or restart this Pi")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        now = loop.time()
        call = _Call(key, work, discard, loop, future, now, now + deadline_s)
        self._open[call] = None
        self._waiting.put(partial(self._carry_out, call))
        if not self._threads:
            self._start_thread()
        self._look_at(loop, now + min(PATIENCE_S, deadline_s))
        try:
            return await future
        except asyncio.CancelledError:
            # The result may have come in the same turn of the loop as the cancellation: it is too late for anybody.
            if not future.cancelled() and future.exception() is None:
                self._discard(call, future.result())
            raise

    def _look_at(self, loop: asyncio.AbstractEventLoop, when: float) -> None:
        """One alarm for all calls, at the first moment at which one needs to be looked after."""
        if self._alarm is not None:
            if self._alarm.when() <= when:
                return
            self._alarm.cancel()
        self._alarm = loop.call_at(when, self._look, loop, when)

    def _look(self, loop: asyncio.AbstractEventLoop, when: float) -> None:
        """Give up the calls that are due; start a thread if one has waited in vain; see when to look again."""
        self._alarm = None
        now = loop.time()
        patience_s = PATIENCE_IN_RUSH_S if now - when > PATIENCE_S / 2 else PATIENCE_S
        next_look = math.inf
        for call in tuple(self._open):
            if call.due <= now:
                self._give_up(call)
            elif call.started:
                next_look = min(next_look, call.due)
            elif call.future.done():
                del self._open[call]
            else:
                if now - call.since >= PATIENCE_S / 2 and time.monotonic() - self._changed_at >= patience_s:
                    self._start_thread()
                next_look = min(next_look, call.due, now + PATIENCE_S)
        if next_look < math.inf:
            self._look_at(loop, next_look)

    def _give_up(self, call: _Call[Any]) -> None:
        del self._open[call]
        if call.started:
            self._hanging[call.key] = (call, time.time())
            log.warning("%s hangs and its thread is left behind, %d now", call.key, len(self._hanging))
        if not call.future.done():
            call.future.set_exception(NoReply(f"{call.key} did not answer in time: check its wiring and power"))

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._serve, name="blocking calls", daemon=True)
        self._threads.add(thread)
        self._changed_at = time.monotonic()
        try:
            thread.start()
        except RuntimeError:  # the system's limit; the calls that wait get their NoReply at their deadlines
            self._threads.discard(thread)
            log.exception("no thread can be started, there are %d", len(self._threads))

    def _serve(self) -> None:
        """A thread's life. It may end just when a call is put: that one's patience then starts another."""
        with suppress(Empty):
            self._waiting.get(timeout=IDLE_S)()
            while True:
                work = self._waiting.get(timeout=IDLE_S)
                self._changed_at = time.monotonic()
                work()
        self._threads.discard(threading.current_thread())

    def _carry_out(self, call: _Call[Result]) -> None:
        """In the thread: work, and hand the outcome to the loop, unless that has been closed meanwhile."""
        if call.future.done():
            return
        call.started = True
        deliver: Callable[[], None]
        try:
            deliver = partial(self._deliver, call, call.work())
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to the one who awaits the call
            deliver = partial(self._fail, call, error)
        self._outcomes.append(deliver)
        if not self._told:
            self._told = True
            with suppress(RuntimeError):
                call.loop.call_soon_threadsafe(self._collect)

    def _collect(self) -> None:
        """In the loop: all that has come back meanwhile, so that many quick calls wake it once."""
        self._told = False
        while self._outcomes:
            self._outcomes.popleft()()

    def _deliver(self, call: _Call[Result], result: Result) -> None:
        self._end(call)
        if not call.future.done():
            call.future.set_result(result)
        else:
            self._discard(call, result)

    def _discard(self, call: _Call[Result], result: Result) -> None:
        if call.discard is not None:
            self._waiting.put(partial(_discard, call.key, call.discard, result))

    def _fail(self, call: _Call[Any], error: Exception) -> None:
        self._end(call)
        if not call.future.done():
            call.future.set_exception(error)

    def _end(self, call: _Call[Any]) -> None:
        self._open.pop(call, None)
        if not self._open and self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        hanging, since = self._hanging.get(call.key, (None, 0.0))
        if hanging is call:
            del self._hanging[call.key]
            log.info("%s has come back, %.0f s too late", call.key, time.time() - since)


def _discard(key: str, discard: Callable[[Result], object], result: Result) -> None:
    try:
        discard(result)
    except Exception:
        log.exception("what %s gave too late could not be released", key)
