"""One supervisor for devices and services: each is a named task, restarted with capped, jittered backoff.

One that fails or hangs disturbs no other. A loss is logged once, with what to do; a recovery once.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from devices.errors import AlcolabError

log = logging.getLogger(__name__)

BACKOFF_FIRST_S = 1.0
BACKOFF_MOST_S = 60.0
STEADY_AFTER_S = 60.0
"""A task that has run this long has recovered: its next failure is news, and starts again from the shortest wait."""
STOP_WITHIN_S = 10.0
"""A task that ignores its cancellation so long is reported and left behind."""


class Condition(StrEnum):
    RUNNING = "running"
    WAITING = "waiting"
    """Failed; will be started again."""
    ENDED = "ended"
    STUCK = "stuck"
    """Was cancelled and did not end."""


@dataclass(slots=True)
class Status:
    """What is known of one supervised task, for `/health` and `doctor`."""

    name: str
    condition: Condition = Condition.RUNNING
    failures: int = 0
    error: str = ""


Work = Callable[[], Awaitable[None]]
Lost = Callable[[str], None]


def backoff_s(failures: int, chance: Callable[[], float] = random.random) -> float:
    """Exponential, capped, with full jitter above half, so that a lab that lost its power does not return in step."""
    ceiling = min(BACKOFF_MOST_S, BACKOFF_FIRST_S * 2.0 ** min(failures - 1, 10))
    return ceiling * (0.5 + 0.5 * chance())


class Supervisor:
    """Runs named tasks. Use it as a context: leaving it cancels them all and waits for their hardware to be safe."""

    def __init__(self, *, wait: Callable[[int], float] = backoff_s, steady_after_s: float = STEADY_AFTER_S) -> None:
        self.statuses: dict[str, Status] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._wait = wait
        self._steady_after_s = steady_after_s

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop(*self._tasks)

    def start(self, name: str, work: Work, *, lost: Lost | None = None) -> None:
        """Run `work()` until it ends or `stop`, again after each failure, of which `lost(reason)` is told."""
        if name in self._tasks:
            raise ValueError(f"{name} is running already")
        status = self.statuses[name] = Status(name)
        self._tasks[name] = asyncio.create_task(self._keep(status, work, lost), name=name)

    async def stop(self, *names: str) -> None:
        """Cancel these tasks together and wait until they have released what they hold."""
        tasks = {name: self._tasks.pop(name) for name in names if name in self._tasks}
        for task in tasks.values():
            task.cancel()
        if not tasks:
            return
        _, pending = await asyncio.wait(tasks.values(), timeout=STOP_WITHIN_S)
        for name, task in tasks.items():
            if task in pending:
                self.statuses[name].condition = Condition.STUCK
                log.error(
                    "%s did not stop within %.0f s and was left behind: restart this Pi soon", name, STOP_WITHIN_S
                )
            else:
                self.statuses.pop(name, None)

    async def _keep(self, status: Status, work: Work, lost: Lost | None) -> None:
        while (failure := await self._attempt(status, work)) is not None:
            reason = _reason(failure)
            _say_lost(status, reason, failure, is_told=lost is not None)
            if lost is not None:
                lost(reason)
            status.condition = Condition.WAITING
            await asyncio.sleep(self._wait(status.failures))
        status.condition = Condition.ENDED

    async def _attempt(self, status: Status, work: Work) -> BaseException | None:
        """Run it once; what it failed with, or None when it came to its end."""
        status.condition = Condition.RUNNING
        steady = asyncio.create_task(_say_recovered(status, self._steady_after_s), name=f"{status.name}: steady?")
        try:
            await work()
        except asyncio.CancelledError as cancelled:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return cancelled  # from inside: a library's own, and a failure like others
        except Exception as error:  # noqa: BLE001 - the supervisor is where every failure ends
            return error
        else:
            return None
        finally:
            steady.cancel()


def _say_lost(status: Status, reason: str, failure: BaseException, *, is_told: bool) -> None:
    """Once for each reason. Who is told of expected errors (a device's port) says them itself."""
    status.failures += 1
    if reason == status.error:
        return
    status.error = reason
    if not all(isinstance(leaf, AlcolabError) for leaf in _leaves(failure)):
        log.error("%s failed: %s; it will be tried again", status.name, reason, exc_info=failure)
    elif not is_told:
        log.warning("%s is lost: %s; it will be tried again", status.name, reason)


async def _say_recovered(status: Status, steady_after_s: float) -> None:
    await asyncio.sleep(steady_after_s)
    if status.error:
        log.info("%s has recovered", status.name)
    status.error = ""
    status.failures = 0


def _reason(failure: BaseException) -> str:
    """Our own errors explain themselves, others need their name; those of a task group come one after the other."""
    said = (str(e) if isinstance(e, AlcolabError) else f"{type(e).__name__}: {e}" for e in _leaves(failure))
    return "; ".join(dict.fromkeys(said))


def _leaves(failure: BaseException) -> Iterator[BaseException]:
    if isinstance(failure, BaseExceptionGroup):
        for inner in failure.exceptions:
            yield from _leaves(inner)
    else:
        yield failure
