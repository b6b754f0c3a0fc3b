"""The outbox's disk from the event loop: one call at a time, in a thread; trouble is said once, and so is recovery."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

from devices.board.blocking import BlockingCalls
from devices.board.sqlite_file import DamagedFile
from devices.errors import NoReply, StorageFull
from hub.mqtt.outbox.disk import OutboxDisk

log = logging.getLogger(__name__)

WITHIN_S = 30.0
"""An SD card can take seconds for a commit; longer means that it hangs."""
CALL = "the outbox's disk"
REST_S = 5.0
"""How long a disk in trouble is left alone."""

Result = TypeVar("Result")


class DiskCalls:
    """While `trouble` is not empty, the outbox lives in memory."""

    def __init__(self, disk: OutboxDisk) -> None:
        self.disk = disk
        self.trouble = ""
        self._calls = BlockingCalls()
        self._one_at_a_time = asyncio.Lock()
        self._rests_until = 0.0

    @property
    def rests(self) -> bool:
        """Whether it is in trouble and too early to try again."""
        return bool(self.trouble) and time.monotonic() < self._rests_until

    async def call(self, work: Callable[[OutboxDisk], Result]) -> Result | None:
        """What `work` gives, or None where the disk fails. A call that has begun is not abandoned."""
        async with self._one_at_a_time:
            running = asyncio.create_task(self._run(work), name="outbox: disk")
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                await asyncio.wait([running])
                raise

    async def _run(self, work: Callable[[OutboxDisk], Result]) -> Result | None:
        try:
            result = await self._in_thread(work)
        except (sqlite3.Error, OSError, StorageFull, NoReply) as error:
            self._say_trouble(f"{self.disk.path}: {error}")
            return None
        if self.trouble:
            log.info("the outbox is on disk again")
            self.trouble = ""
        return result

    async def _in_thread(self, work: Callable[[OutboxDisk], Result]) -> Result:
        try:
            return await self._calls.run(CALL, lambda: work(self.disk), deadline_s=WITHIN_S)
        except DamagedFile as error:
            log.warning("the outbox on disk is damaged and what was in it may be lost: %s", error)
            return await self._calls.run(CALL, lambda: work(self.disk), deadline_s=WITHIN_S)

    def _say_trouble(self, reason: str) -> None:
        self._rests_until = time.monotonic() + REST_S
        if not self.trouble:
            log.error(
                "the outbox is only in memory until its disk works again, free some space or check it: %s", reason
            )
        self.trouble = reason
