"""A machine while it runs: badges, button, pages and time act on its operation."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any, TypeAlias

from devices.audit_log import AuditLog
from devices.board.board import Board, Edges
from devices.device import Event, Json, Port
from devices.errors import Refused
from devices.machines.desk import Answer, Desk, maintains, presented_by
from devices.machines.keeper.owner import BEAT_EVERY_S
from devices.machines.memory import MemoryFile
from devices.machines.operation import Operation
from devices.machines.options import CurrentSensor, MachineOptions
from devices.machines.orders import Orders
from devices.machines.reports import Reports
from devices.machines.sensing import watch_lines, watch_sensor
from devices.machines.session import User
from devices.policy.attempts import Attempts
from devices.policy.decision import Direction, Presented, Reason
from devices.policy.occupancy import Occupancy

log = logging.getLogger(__name__)

DISPLAY_S = 10.0
KEPT = timedelta(days=58)
"""The log goes month by month, so that nothing is kept for more than three months."""
STOPPED = "stopped"
"""Why not, beside the reasons of the policy: somebody said oops."""
NOT_READY = "not-ready"
"""Likewise: the relay has no keeper at the moment."""

Work: TypeAlias = Callable[[], Coroutine[Any, Any, None]]


class RunningMachine:
    """Everything that acts on one machine."""

    def __init__(
        self, options: MachineOptions, board: Board, port: Port, edges: Edges | None, file: MemoryFile
    ) -> None:
        self._options = options
        self._board = board
        self._port = port
        self._edges = edges
        self._file = file
        self._audit = AuditLog(board.folder(port.device) / "audit", port.device)
        self._reports = Reports(port, self._audit)
        self._operation = Operation(options, board, port, self._reports, file)
        self._desk = Desk(port.device, self._inside, oldest_s=options.policy_age)
        self._orders = Orders(port, self._reports, self._operation, self._release)
        self._unknown = Attempts()
        self._occupancy = Occupancy()
        self._purged: date | None = None
        self._shown: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Serve until cancelled; the relay is off when this is left.

        Raises:
            LineBusy, HardwareMissing, DeviceOffline: the relay cannot be held, or a chip has gone.
        """
        self._reports.problem("hours", self._file.damage)
        self._reports.display()
        self._operation.begin()
        self._orders.serve()
        try:
            async with asyncio.TaskGroup() as tasks:
                for name, work in self._work():
                    tasks.create_task(work(), name=f"{self._port.device}: {name}")
        finally:
            self._operation.close()
            if self._shown is not None:
                self._shown.cancel()

    def _work(self) -> Iterator[tuple[str, Work]]:
        options, work = self._options, self._operation.work
        yield "keeper", self._operation.relay.run
        yield "time", self._live
        yield "badges", self._badges
        yield "memory", lambda: self._file.run(partial(self._reports.problem, "memory"))
        yield "log", lambda: self._audit.run(self._reports.head, partial(self._reports.problem, "audit"))
        if (room := options.room) is not None:
            yield "room", lambda: self._hear_room(room)
        if (edges := self._edges) is not None:
            yield "inputs", lambda: watch_lines(edges, options, work, lambda: self._operation.oops("button"))
        if isinstance(sensor := options.current, CurrentSensor):
            problem = partial(self._reports.problem, "current")
            yield "current", lambda: watch_sensor(self._board, sensor, work, problem)

    async def _live(self) -> None:
        await self._operation.relay.ready.wait()
        self._port.online()
        while True:
            self._operation.look()
            self._reports.policy(self._port.policy(), self._options.policy_age)
            self._orders.look(time.monotonic())
            self._show_attempts(time.monotonic())
            self._purge()
            await asyncio.sleep(BEAT_EVERY_S)

    def _purge(self) -> None:
        """Once a day. With a clock that is not trusted, the future could be purged."""
        now = self._port.now()
        if now.trusted and self._purged != (today := now.utc.date()):
            self._purged = today
            self._audit.purge(today - KEPT, now, "who was at a machine is kept for three months at most")

    async def _badges(self) -> None:
        async with self._port.hear(self._options.badges, only_here=True) as heard:
            async for message in heard:
                match message:
                    case Event("refused", data):
                        self._refused(str(data.get("reason")))
                    case Event() if presented := presented_by(message):
                        await self._badge(presented)

    async def _badge(self, presented: Presented) -> None:
        policy, now, now_s = self._port.policy(), self._port.now(), time.monotonic()
        answer = self._desk.answer(presented, policy, now, now_s)
        if self._operation.interlock.is_again(presented.credential, now_s):
            return
        if self._operation.interlock.stopped:
            await self._badge_while_stopped(answer)
        elif self._operation.interlock.belongs_to(presented.credential, answer.decision.came):
            self._badge_out(answer)
        else:
            self._badge_in(self._desk.helped(answer, policy, now, now_s) or answer)

    def _badge_out(self, answer: Answer) -> None:
        self._operation.leave(answer.presented.credential)
        if answer.decision.member is not None:
            self._desk.settled(answer.decision.member)
        self._say(answer, granted=True, reason=Reason.GRANTED, direction=Direction.OUT)

    def _badge_in(self, answer: Answer) -> None:
        decision = answer.decision
        if not decision.granted or decision.member is None:
            self._deny(answer, decision.reason)
        elif not self._operation.relay.ready.is_set():
            self._deny(answer, NOT_READY)
        else:
            self._operation.enter(User(decision.member, answer.presented.credential))
            self._say(answer, granted=True, reason=decision.reason)

    async def _badge_while_stopped(self, answer: Answer) -> None:
        member = answer.decision.member
        if member is None or not maintains(self._port.policy(), answer.decision):
            self._deny(answer, STOPPED)
            return
        try:
            await self._release(member, answer.presented.credential)
        except Refused as error:
            log.warning("%s: %s", self._port.device, error)
            self._deny(answer, STOPPED)
        else:
            self._say(answer, granted=True, reason=answer.decision.reason)
            self._reports.display()

    def _deny(self, answer: Answer, reason: str) -> None:
        """Whoever tries unknown badges one after the other is answered more and more rarely; others are not kept."""
        if answer.decision.member is not None or self._is_answered(answer.presented.credential):
            self._say(answer, granted=False, reason=reason)

    def _refused(self, reason: str) -> None:
        """The reader has not believed a badge."""
        if self._is_answered():
            self._reports.log("refused", {"reader": self._options.badges, "reason": reason})

    def _is_answered(self, badge: str | None = None) -> bool:
        now_s = time.monotonic()
        answered = self._unknown.made(now_s, badge)
        self._show_attempts(now_s)
        return answered

    def _show_attempts(self, now_s: float) -> None:
        self._unknown.calm(now_s)
        many = f"about {self._unknown.count} unknown badges were tried one after the other: is somebody guessing?"
        self._reports.problem("badges", many if self._unknown.suspicious else "")

    def _say(self, answer: Answer, *, granted: bool, reason: str, direction: Direction = Direction.IN) -> None:
        """What came of a badge: for the reader's lamp, for pages and screens, and for the log."""
        decision, policy = answer.decision, self._port.policy()
        data: Mapping[str, Json] = {
            "granted": granted,
            "reason": reason,
            "member": decision.member,
            "language": decision.language,
            "direction": direction,
            "strength": answer.presented.strength,
            "policy": None if policy is None else policy.version,
            "notes": list(decision.notes),
        }
        self._reports.event("access", data, helped_by=answer.helped_by)
        self._reports.display(reason if direction is Direction.IN else None, decision.language)
        if self._shown is not None:
            self._shown.cancel()
        self._shown = asyncio.get_running_loop().call_later(DISPLAY_S, self._reports.display)

    async def _hear_room(self, room: str) -> None:
        async with self._port.hear(room) as heard:
            async for message in heard:
                match message:
                    case Event("passed", {"member": str(member), "direction": "in" | "out" as direction}, at):
                        self._occupancy.passed(member, Direction(direction), at.utc.timestamp())

    def _inside(self) -> frozenset[str]:
        """Who is in the room, as far as its door and the machine itself know."""
        session = self._operation.interlock.session
        user = frozenset({session.user.member} if session and session.left_s is None else ())
        return user | self._occupancy.inside(self._port.now().utc.timestamp())

    async def _release(self, member: str, credential: str | None = None) -> None:
        if self._edges is not None and self._options.oops and self._edges.level(self._options.oops.line):
            raise Refused("it stays stopped: the button is still pressed")
        await self._operation.release(member, credential)
