"""The interlock, and all that follows from it: the relay, what is remembered, what is said."""

import time
from contextlib import ExitStack
from dataclasses import replace

from devices.board.board import Board
from devices.board.clock import Moment
from devices.device import Port
from devices.errors import AlcolabError, Refused
from devices.machines.keeper.owner import BEAT_EVERY_S, KeptRelay
from devices.machines.memory import MemoryFile, Unfinished
from devices.machines.options import MachineOptions
from devices.machines.reports import Reports
from devices.machines.session import Change, Ended, Interlock, Started, User, Why
from devices.machines.work import Work

BEYOND_S = 1.0
"""The keeper's own limit is a little later than ours: it is for when we fail."""
KEPT_EVERY_S = 60.0
"""Use is written so often while there is some."""
COUNTED_AT_ONCE_S = 4 * BEAT_EVERY_S
"""A loop that stood still for longer cannot say that the machine was on."""


class Operation:
    """Of one machine. Nothing here waits but `release` and `maintained`, and the relay always comes first."""

    def __init__(self, options: MachineOptions, board: Board, port: Port, reports: Reports, file: MemoryFile) -> None:
        self._options = options
        self._port = port
        self._reports = reports
        self._file = file
        self._memory = file.memory.with_tasks(options.maintenance)
        self._busy = ExitStack()
        self._since: Moment | None = None
        self._looked_s = time.monotonic()
        self._kept_s = self._looked_s
        self._stops = 0
        """How often oops was said."""
        self.interlock = Interlock(options.session, stopped=file.memory.stopped)
        self.relay = KeptRelay(board, options.relay, self._turned)
        self.work = Work(options.current.rest if options.current else 0.0)

    def begin(self) -> None:
        """Whoever used the machine when ALCOLAB ended has to badge in again: nobody knows what happened meanwhile."""
        if unfinished := self._memory.session:
            self._memory = replace(self._memory, session=None)
            self._say_ended(unfinished.member, unfinished.seconds, Why.RESTART)
        self._file.keep(self._memory)
        self._reports.state("power", False)
        self._report(time.monotonic())

    def close(self) -> None:
        """The keeper has ended, and the relay is off. Of the session we tell when we are back."""
        self._reports.state("power", False)
        self._busy.close()

    def look(self) -> None:
        """Time has passed: every BEAT_EVERY_S. This is the heartbeat, so nothing beats that does not look."""
        now_s = time.monotonic()
        self._count(now_s)
        self.interlock.job = self.work.runs(now_s)
        self._follow(self.interlock.look(now_s), now_s)
        self.relay.beat(self.interlock.limit_s + BEYOND_S)
        self._report(now_s)

    def enter(self, user: User) -> None:
        """Somebody who may use it has badged in."""
        now_s = time.monotonic()
        self._follow(self.interlock.enter(user, now_s), now_s)

    def leave(self, credential: str | None = None) -> None:
        """Its user has badged out, or somebody did so on a page."""
        now_s = time.monotonic()
        self._follow(self.interlock.leave(now_s, credential), now_s)

    def oops(self, by: str) -> None:
        """Off at once, and until it is released, also after a restart."""
        self._stops += 1
        if self.interlock.stopped:
            return
        now_s = time.monotonic()
        self._memory = replace(self._memory, stopped=True)
        self._follow(self.interlock.oops(now_s), now_s)
        self._file.keep(self._memory)
        self._reports.event("oops", {"by": by})

    async def release(self, member: str, credential: str | None = None) -> None:
        """A maintainer lets it be used again; it stays off.

        Raises:
            Refused: that cannot be written down, or somebody said oops again.
        """
        stops = self._stops
        try:
            await self._file.save(replace(self._memory, stopped=False))
        except AlcolabError as error:
            self._file.keep(self._memory)
            raise Refused(f"it stays stopped: {error}") from error
        if self._stops != stops:
            self._file.keep(self._memory)
            raise Refused("it stays stopped: somebody has just pressed the button again")
        self._memory = replace(self._memory, stopped=False)
        now_s = time.monotonic()
        self.interlock.release(now_s, credential)
        self._reports.event("released", {"member": member})
        self._report(now_s)

    async def maintained(self, task: str, member: str) -> None:
        """A task of maintenance is done: its hours begin anew.

        Raises:
            Refused: there is no such task.
            StorageFull: it counts, but is not on the disk yet.
        """
        if task not in self._options.maintenance:
            known = ", ".join(self._options.maintenance) or "none"
            raise Refused(f"there is no task {task} here; there is: {known}")
        self._memory = self._memory.with_done(task)
        self._reports.event("maintained", {"task": task, "member": member})
        self._report(time.monotonic())
        await self._file.save(self._memory)

    def _turned(self, on: bool, why: str) -> None:
        """The relay is on or off now. Off in a session, that one is over: nothing but a badge switches on again."""
        now_s = time.monotonic()
        self._reports.state("power", on)
        if not on and self.interlock.powered:
            self._reports.event("cut", {"why": why})
            self._follow(self.interlock.cut(now_s), now_s)

    def _follow(self, changes: tuple[Change, ...], now_s: float) -> None:
        """The relay first, then the rest. Only a session that begins switches on."""
        begins = any(isinstance(change, Started) for change in changes)
        if self.relay.wanted and not self.interlock.powered:
            self.relay.switch_off()
        elif begins and not self.relay.wanted:
            self.relay.switch_on(self.interlock.limit_s + BEYOND_S)
        for change in changes:
            match change:
                case Ended(user, seconds, why):
                    self._busy.close()
                    self._memory = replace(self._memory, session=None)
                    self._say_ended(user.member, seconds, why)
                case Started(user):
                    self._since = self._port.now()
                    self._busy.enter_context(self._port.busy("somebody uses it"))
                    started = Unfinished(user.member)
                    self._memory = replace(self._memory, session=started, sessions=self._memory.sessions + 1)
                    self._reports.event("session-started", {"member": user.member})
        if changes:
            self._keep(now_s)
        self._report(now_s)

    def _say_ended(self, member: str, seconds: float, why: Why) -> None:
        self._reports.event("session-ended", {"member": member, "seconds": round(seconds), "why": why})

    def _count(self, now_s: float) -> None:
        """Use is while a job runs, or where nobody knows of jobs, while there is power."""
        passed_s, self._looked_s = min(now_s - self._looked_s, COUNTED_AT_ONCE_S), now_s
        if self.relay.on and (self._options.current is None or self.interlock.job):
            self._memory = replace(self._memory, used_s=self._memory.used_s + passed_s)
        session = self.interlock.session
        if session is not None and now_s - self._kept_s >= KEPT_EVERY_S:
            unfinished = Unfinished(session.user.member, now_s - session.since_s)
            self._memory = replace(self._memory, session=unfinished)
            self._keep(now_s)

    def _keep(self, now_s: float) -> None:
        self._kept_s = now_s
        self._file.keep(self._memory)

    def _report(self, now_s: float) -> None:
        self._reports.session(self.interlock, self._since, now_s)
        self._reports.counters(self._memory, self._options.maintenance)
