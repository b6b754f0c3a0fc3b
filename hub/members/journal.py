"""Moves what was done from the database into the hub's audit log, which is hash-chained and append-only."""

import asyncio
import logging
from datetime import date
from pathlib import Path

from devices.audit_log.audit_log import AuditLog
from devices.audit_log.entry import Head
from devices.board.clock import Moment
from hub.members import acts, published
from hub.members.model import HUB, AuditHead
from hub.members.rows import now
from hub.members.store import FOLDER, Store

log = logging.getLogger(__name__)

NAME = "members"
"""Of the log; no door or machine can be mistaken for it, since the hub's own heads are kept under this name."""
LOG_FOLDER = "audit"


class Journal:
    """The hub's own audit log: who did what to which pseudonym."""

    def __init__(self, store: Store, state: Path) -> None:
        self.wake = asyncio.Event()
        """Set it when something was done."""
        self.trouble = ""
        """What a technician should look after; empty when all is well."""
        self._store = store
        self._log = AuditLog(state / FOLDER / LOG_FOLDER, NAME)
        self._head: Head | None = None
        self._grown = asyncio.Event()

    def purge(self, before: date, why: str) -> None:
        """Delete the months of the log that ended before this day."""
        self._log.purge(before, Moment(now()), why)

    async def run(self) -> None:
        """Move acts as they come, until cancelled. One that is moved just when the power fails stands there twice."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._log.run(self._hear, self._complain), name="members: audit log")
            tasks.create_task(self._move(), name="members: journal")

    async def _move(self) -> None:
        head = await self._head_with(0)
        while True:
            await self.wake.wait()
            self.wake.clear()
            while rows := await self._store.read(acts.waiting):
                for _, act in rows:
                    self._log.write(act.kind, {"by": act.by, **act.data}, Moment(act.at))
                head = await self._head_with(head.entries + len(rows))
                await self._store.write(acts.logged, rows[-1][0])
                kept = AuditHead(NAME, head.entries, head.hash, now())
                await self._store.write(published.note_heads, [kept])

    async def _head_with(self, entries: int) -> Head:
        """The head, once the log has so many entries on disk: a full disk makes us wait, and loses nothing."""
        while self._head is None or self._head.entries < entries:
            self._grown.clear()
            await self._grown.wait()
        return self._head

    def _hear(self, head: Head) -> None:
        self._head = head
        self._grown.set()

    def _complain(self, trouble: str) -> None:
        self.trouble = trouble
        if trouble:
            log.error("%s: %s", HUB, trouble)
