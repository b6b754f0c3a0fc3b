"""The log as those use it who write into it: an entry costs them no wait."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypeVar

from devices.audit_log.backlog import Backlog
from devices.audit_log.entry import OWN, Head, Unwritten
from devices.audit_log.writer import LogWriter, Purge
from devices.board.blocking import BlockingCalls
from devices.board.clock import Moment
from devices.device import Json

log = logging.getLogger(__name__)

WAITING_AT_MOST = 4096
"""Entries in memory, of some 300 bytes each, while the disk is full or does not answer."""
AT_ONCE = 512
"""Entries that one fsync brings to the disk."""
AGAIN_S = 5.0
"""After an error of the disk."""
SLOW_S = 10.0
"""A disk that takes so long needs a technician."""
FLUSHED_WITHIN_S = 1.5
"""At the end. Whoever stops a machine does not wait longer for a disk that hangs."""

Said: TypeAlias = Callable[[Head], None]
Trouble: TypeAlias = Callable[[str], None]
Result = TypeVar("Result")


class AuditLog:
    """One log, for the coroutines of one loop. `name` is that of its door or machine, or `members`.

    The first entry says it. Several processes may write into the same folder.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._name = name
        self._writer = LogWriter(folder, name)
        self._backlog = Backlog(WAITING_AT_MOST)
        self._purge: Purge | None = None
        self._wanted = asyncio.Event()
        self._ending = asyncio.Event()

    def write(self, kind: str, data: Mapping[str, Json], at: Moment) -> None:
        """Add an entry. Never waits; nothing that tells a person's name belongs into `data`.

        Before `run` and while the disk is full entries wait in memory. Too many are counted, which becomes an entry.

        Raises:
            ValueError: `data` is nothing that JSON can say, or longer than 32 KiB; or `kind` is one of the log's own.
        """
        if kind.startswith(OWN):
            raise ValueError(f"{kind!r} is a kind of entry that only the log itself writes")
        self._backlog.put(Unwritten.saying(kind, data, at))
        self._wanted.set()

    def purge(self, before: date, at: Moment, why: str) -> None:
        """Delete the months that ended before the day `before`, as soon as `run` comes to it; an entry says so."""
        self._purge = Purge(before, at, why)
        self._wanted.set()

    async def run(self, said: Said, trouble: Trouble) -> None:
        """Bring entries to the disk until cancelled; then the rest of them, as far as that takes no longer than 1.5 s.

        `said` is called with the head at first and after each fsync; `trouble`, when that changes, with what a
        technician should look after, or an empty text when all is well again.
        """
        self._ending.clear()
        self._wanted.set()
        writing = asyncio.create_task(self._write_all(said, _changes_of(trouble)), name=f"audit log of {self._name}")
        try:
            await asyncio.wait({writing})
        finally:
            self._ending.set()
            self._wanted.set()
            await asyncio.wait({writing}, timeout=FLUSHED_WITHIN_S)
            writing.cancel()
            await asyncio.wait({writing})
            if self._backlog:
                log.error(
                    "the audit log of %s could not be written to its end: %d lost", self._name, len(self._backlog)
                )
        writing.result()

    async def _write_all(self, said: Said, trouble: Trouble) -> None:
        disk = _Disk(f"the disk below the audit log of {self._name}", trouble)

        async def tell() -> None:
            said(await disk.call(self._writer.head))

        async def write() -> None:
            while entries := self._backlog.first(AT_ONCE):
                written, head = await disk.call(partial(self._writer.append, entries))
                self._backlog.done(written)
                said(head)
            if self._purge is not None:
                purge, self._purge = self._purge, None  # once: each attempt writes an entry, and tomorrow comes another
                said(await disk.call(partial(self._writer.purge, purge)))

        await self._until_done(tell, trouble)
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            await self._until_done(write, trouble)
            if self._ending.is_set():
                return

    async def _until_done(self, work: Callable[[], Awaitable[None]], trouble: Trouble) -> None:
        """Again and again; when the log is ending, once."""
        while True:
            try:
                await work()
            except OSError as error:
                lost = "" if not self._backlog.lost else ", and some have found no room there"
                trouble(
                    f"the audit log cannot be written ({error.strerror or error}): free some space, check the SD card; "
                    f"entries wait in memory{lost}"
                )
            else:
                trouble("")
                return
            if self._ending.is_set():
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), AGAIN_S)


class _Disk:
    """Calls that may hang, for as long as they like: what was begun twice would stand twice in the log."""

    def __init__(self, key: str, trouble: Trouble) -> None:
        self._calls = BlockingCalls()
        self._key = key
        self._trouble = trouble

    async def call(self, work: Callable[[], Result]) -> Result:
        slow = f"{self._key} does not answer: check the SD card; entries wait in memory"
        warning = asyncio.get_running_loop().call_later(SLOW_S, self._trouble, slow)
        try:
            return await self._calls.run(self._key, work, deadline_s=math.inf)
        finally:
            warning.cancel()


def _changes_of(trouble: Trouble) -> Trouble:
    """Tells the same only once."""
    said = ""

    def say(text: str) -> None:
        nonlocal said
        if text != said:
            said = text
            trouble(text)

    return say
