"""The history service: hears the bus, stores in a thread of its own, acknowledges what is on disk."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import date
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from devices.board.clock import Clock, SystemClock
from hub.bus import Bus, Stored
from hub.database.sqlite import is_corrupt, set_aside
from hub.history.inbox import Inbox
from hub.history.store import Counters, Store
from hub.lab import Lab

log = logging.getLogger(__name__)

DATABASE = "history.db"
GATHER_S = 2.0
"""How long the first entry waits for others to share its commit; a node puts on its own disk what waits over 5 s."""
ACKNOWLEDGE_EVERY_S = 2.0
RETRY_S = 5.0
IDLE_MOST_S = 3600.0
"""So often it is looked whether something is to be deleted, even when nothing comes."""
STEADY_S = 60.0
"""So long nothing must fail before the history is said to be well again: a full disk takes one commit, not the next."""

Result = TypeVar("Result")


class History:
    """Keeps every reading and event that the bus carries, in `folder`, and acknowledges it on `bus.stored`.

    A full or failing disk is said once and tried again; meanwhile nothing is acknowledged, so that the nodes keep
    what they have. A damaged database is set aside and a new one begun.
    """

    def __init__(self, bus: Bus, lab: Lab, folder: Path, clock: Clock | None = None) -> None:
        self.counters = Counters()
        self.inbox = Inbox(self.counters)
        self._bus = bus
        self._lab = lab
        self._path = folder / DATABASE
        self._clock = clock or SystemClock()
        self._purged: date | None = None
        """The day on which that was last done."""
        self._troubles: set[str] = set()
        """What was said of the disk since it last was well."""
        self._trouble_at = 0.0

    async def run(self) -> None:
        """Work until cancelled.

        Raises:
            NewerDatabase: the database was written by a newer program.
        """
        with ExitStack() as stack:
            stack.enter_context(self._bus.entries.heard_by(self.inbox.hear))
            stack.enter_context(self._bus.backlogs.heard_by(self.inbox.hear_backlog))
            stack.enter_context(self._bus.nodes.heard_by(self.inbox.hear_node))
            thread = _WriterThread(stack.enter_context(ThreadPoolExecutor(1, "history")))
            for status in tuple(self._bus.latest.nodes.values()):
                self.inbox.hear_node(status)
            while True:
                try:
                    await self._keep(thread)
                except (DBAPIError, OSError) as error:
                    await self._settle(error, thread)

    async def _keep(self, thread: "_WriterThread") -> None:
        """Store and acknowledge until something fails."""
        held = ExitStack()
        acknowledgements = _Acknowledgements(self._bus)
        try:
            store = await thread.run(lambda: held.enter_context(Store.open(self._path, self._lab, self.counters)))
            acknowledgements.owe(store.acknowledgements())
            await self._keep_storing(thread, store, acknowledgements)
        finally:
            acknowledgements.stop()
            await thread.run(held.close)

    async def _keep_storing(self, thread: "_WriterThread", store: Store, acknowledgements: "_Acknowledgements") -> None:
        try:
            while True:
                await self._gather()
                acknowledgements.owe(await self._store_waiting(thread, store))
                self._say_recovered()
                if store.merge_due:
                    await thread.run(store.merge)
                await self._purge_daily(thread, store)
        except asyncio.CancelledError:
            if store.usable:
                with suppress(DBAPIError):  # what is not stored now is not acknowledged, and comes again
                    acknowledgements.owe(await self._store_waiting(thread, store))
            raise

    async def _store_waiting(self, thread: "_WriterThread", store: Store) -> tuple[Stored, ...]:
        items = self.inbox.waiting()
        stored = await thread.run(lambda: store.take(items))
        self.inbox.stored(items)
        return stored

    async def _purge_daily(self, thread: "_WriterThread", store: Store) -> None:
        """By a clock that can be believed only: one that runs ahead would delete what should be kept."""
        now = self._clock.now()
        if now.trusted and now.utc.date() != self._purged:
            if purged := await thread.run(lambda: store.purge(now.utc)):
                log.info("%d movements at doors and machines were kept long enough and are deleted", purged)
            self._purged = now.utc.date()

    async def _gather(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(IDLE_MOST_S):
                await self.inbox.filled.wait()
        try:
            async with asyncio.timeout(GATHER_S):
                await self.inbox.plenty.wait()
        except TimeoutError:
            return

    async def _settle(self, error: DBAPIError | OSError, thread: "_WriterThread") -> None:
        """Make the next attempt possible."""
        reason = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        if isinstance(error, DBAPIError) and is_corrupt(error):
            kept = await thread.run(lambda: set_aside(self._path))
            log.error(
                "the history %s is damaged (%s): it was set aside as %s and a new one begins; "
                "`sqlite3 %s .recover` gets out what can be read",
                *(self._path, reason, kept.name, kept),
            )
            return
        self._trouble_at = time.monotonic()
        if reason not in self._troubles:
            self._troubles.add(reason)
            log.error(
                "the history cannot be written: %s; is the disk of %s full? The nodes keep what they measure",
                *(reason, self._path.parent),
            )
        await asyncio.sleep(RETRY_S)

    def _say_recovered(self) -> None:
        if self._troubles and time.monotonic() - self._trouble_at > STEADY_S:
            self._troubles.clear()
            log.info("the history can be written again")


class _WriterThread:
    """Runs work in one thread and to its end, even when cancelled meanwhile: no store is left in the middle."""

    def __init__(self, executor: ThreadPoolExecutor) -> None:
        self._executor = executor

    async def run(self, work: Callable[[], Result]) -> Result:
        running = asyncio.get_running_loop().run_in_executor(self._executor, work)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            if not running.cancelled():
                running.exception()  # retrieved: whoever cancelled does not want it
            raise


class _Acknowledgements:
    """Tells each node what is on disk, all nodes together and at most every `ACKNOWLEDGE_EVERY_S`."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._owed: dict[str, Stored] = {}
        self._timer: asyncio.TimerHandle | None = None

    def owe(self, stored: Iterable[Stored]) -> None:
        """These nodes are to hear it."""
        self._owed.update({one.node: one for one in stored})
        if self._timer is None:
            self._say()

    def stop(self) -> None:
        """Say at once what is still owed."""
        if self._timer is not None:
            self._timer.cancel()
        self._say_owed()

    def _say(self) -> None:
        self._timer = None
        if self._owed:
            self._say_owed()
            self._timer = asyncio.get_running_loop().call_later(ACKNOWLEDGE_EVERY_S, self._say)

    def _say_owed(self) -> None:
        owed, self._owed = self._owed, {}
        for one in owed.values():
            self._bus.stored.emit(one)
