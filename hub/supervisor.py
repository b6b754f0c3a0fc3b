"""One supervisor for devices and services: each is a named task, restarted with capped, jittered backoff.

One that fails or hangs disturbs no other. A loss is logged once, with what to do; a recovery once.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from devices.errors import AlcolabError

log = logging.getLogger(__name__)

BACKOFF_FIRST_S = 1.0
BACKOFF_MOST_S = 60.0
STEADY_AFTER_S = 60.0
"""A task that ran this long was healthy: its next failure starts again from the shortest wait."""
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

    def __init__(self, *, wait: Callable[[int], float] = backoff_s) -> None:
        self.statuses: dict[str, Status] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._wait = wait

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop(*self._tasks)

    def start(self, name: str, work: Work, *, lost: Lost | None = None) -> None:
        """Run `work()` again and again until `stop`. `lost(reason)` is called at each failure."""
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
        while True:
            started = time.monotonic()
            status.condition = Condition.RUNNING
            recovery = asyncio.create_task(_say_recovered(status), name=f"{status.name}: steady?")
            try:
                await work()
            except AlcolabError as error:
                reason = str(error)
                unexpected = None
            except Exception as error:  # noqa: BLE001 - the supervisor is where every other failure ends
                reason = f"{type(error).__name__}: {error}"
                unexpected = error
            else:
                status.condition = Condition.ENDED
                return
            finally:
                recovery.cancel()
            if time.monotonic() - started >= STEADY_AFTER_S:
                status.failures = 0
            self._say_lost(status, reason, unexpected)
            if lost is not None:
                lost(reason)
            status.condition = Condition.WAITING
            await asyncio.sleep(self._wait(status.failures))

    def _say_lost(self, status: Status, reason: str, unexpected: Exception | None) -> None:
        status.failures += 1
        if reason == status.error:
            return
        status.error = reason
        if unexpected is None:
            log.warning("%s is lost: %s; it will be tried again", status.name, reason)
        else:
            log.error("%s failed: %s; it will be tried again", status.name, reason, exc_info=unexpected)


async def _say_recovered(status: Status) -> None:
    """A task that has run for a while after a loss has recovered."""
    if not status.error:
        return
    await asyncio.sleep(BACKOFF_FIRST_S)
    log.info("%s has recovered", status.name)
    status.error = ""
