"""A door between being started and being cancelled: what comes in at one part is told to the others here.

From a badge to the strike nothing is awaited: the decision is made from memory, the output is set, and only then is
anybody told.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import date, timedelta
from functools import partial
from typing import TypeAlias

from devices.access.door.access_point import AccessPoint, By, Happening, Passage, Timing
from devices.access.door.elsewhere import Elsewhere
from devices.access.door.gatekeeper import Answer, Gatekeeper, Swipe
from devices.access.door.inputs import Inputs
from devices.access.door.occupants import Occupants
from devices.access.door.options import DoorOptions, Fails
from devices.access.door.orders import Orders
from devices.access.door.record import Record
from devices.access.door.rights import Rights
from devices.audit_log import AuditLog
from devices.board.board import Board, Output
from devices.board.clock import until_beat_s
from devices.device import Event, Json, Port
from devices.policy.attempts import Attempts
from devices.policy.decision import Direction
from devices.policy.permit import Permit

KEPT = timedelta(days=58)
"""The log goes month by month, so that no movement is kept for more than three months (CNIL)."""
INPUTS, EXIT, AUDIT_LOG, INSIDE = "inputs", "exit", "audit-log", "inside"
"""Parts that `problems` names, beside the readers and orders."""

Work: TypeAlias = Callable[[], Coroutine[None, None, None]]


class RunningDoor:
    """Is given the strike, which is always there. Inputs come and go by themselves."""

    def __init__(self, options: DoorOptions, board: Board, port: Port, strike: Output) -> None:
        folder = board.folder(port.device)
        self._options = options
        self._port = port
        self._strike = strike
        self._audit_log = AuditLog(folder / "audit", port.device)
        self._record = Record(port, self._audit_log)
        self._occupants = Occupants(folder, partial(self._record.problem, INSIDE))
        self._point = AccessPoint(_timing(options))
        self._inputs = Inputs(options, board, self._point, self._took, partial(self._record.problem, INPUTS))
        self._readers = {options.badges: Direction.IN}
        if options.exit_badges is not None:
            self._readers[options.exit_badges] = Direction.OUT
        self._gatekeeper = Gatekeeper(port.device, self._readers, self._inside, oldest_s=options.policy_age)
        self._elsewhere = Elsewhere()
        self._attempts = {reader: Attempts() for reader in self._readers}
        self._orders = Orders(port, self._record)
        self._rights = Rights(port, options.policy_age)
        self._changed = asyncio.Event()
        self._driven: bool | None = None
        self._over = False
        self._busy = ExitStack()
        self._somebody_passes = False
        self._purged: date | None = None

    async def run(self) -> None:
        """Let people through until cancelled; then, before anything else, the strike is as its wiring has it."""
        self._drive()
        await self._occupants.load()
        self._look_at_policy()
        self._port.serve("unlock", self._unlock)
        self._port.online()
        async with asyncio.TaskGroup() as tasks:
            try:
                for name, work in self._work():
                    tasks.create_task(work(), name=f"{self._port.device}: {name}")
                await asyncio.Event().wait()
            finally:
                self._over = True
                self._busy.close()
                self._strike.set(False)

    def _work(self) -> Iterator[tuple[str, Work]]:
        for reader in self._readers:
            yield reader, partial(self._hear_badges, reader)
        for other in self._options.others:
            yield other, partial(self._hear_elsewhere, other)
        yield "inputs", self._inputs.run
        yield "time", self._keep_time
        yield "who is inside", self._occupants.run
        yield "audit log", partial(self._audit_log.run, self._record.head, partial(self._record.problem, AUDIT_LOG))

    # Badges

    async def _hear_badges(self, reader: str) -> None:
        async with self._port.hear(reader, only_here=True) as messages:
            async for message in messages:
                match message:
                    case Event(kind="refused", data=data):
                        self._badge_refused(reader, str(data.get("reason")))
                    case Event() if (swipe := self._gatekeeper.swipe(reader, message)) is not None:
                        self._badge_shown(swipe)

    def _badge_shown(self, swipe: Swipe) -> None:
        now, now_s, policy = self._port.now(), time.monotonic(), self._port.policy()
        for answer in self._gatekeeper.answers(swipe, policy, now, now_s):
            happened = self._granted(answer, now_s)
            self._drive()
            if answer.decision.member is not None or self._is_answered(swipe, now_s):
                self._record.answer(answer, policy, now_s)
            self._took(happened)

    def _granted(self, answer: Answer, now_s: float) -> Sequence[Happening]:
        decision = answer.decision
        if not decision.granted or decision.member is None:
            return ()
        return self._point.grant(By.BADGE, now_s, Passage(decision.member, answer.swipe.direction))

    def _is_answered(self, swipe: Swipe, now_s: float) -> bool:
        answered = self._attempts[swipe.reader].made(now_s, swipe.presented.credential)
        self._show_attempts(now_s)
        return answered

    def _badge_refused(self, reader: str, reason: str) -> None:
        now_s = time.monotonic()
        if self._attempts[reader].made(now_s):
            self._record.audit("refused", {"reader": reader, "reason": reason})
        self._show_attempts(now_s)

    def _show_attempts(self, now_s: float) -> None:
        for reader, attempts in self._attempts.items():
            attempts.calm(now_s)
            many = f"about {attempts.count} unknown badges were tried one after the other: is somebody guessing?"
            self._record.problem(reader, many if attempts.suspicious else "")

    async def _hear_elsewhere(self, other: str) -> None:
        async with self._port.hear(other) as messages:
            async for message in messages:
                if isinstance(message, Event):
                    if (passage := self._elsewhere.heard(other, message, time.monotonic())) is not None:
                        self._passed(passage.member, passage.direction)
                    self._show()

    async def _unlock(self, permit: Permit) -> Mapping[str, Json]:
        self._orders.take(permit, "unlock")
        self._took(self._point.grant(By.PAGE, time.monotonic(), member=permit.by))
        return {"seconds": self._options.strike.unlock}

    # Time

    async def _keep_time(self) -> None:
        while True:
            now_s = time.monotonic()
            self._took(self._point.advance(now_s))
            self._look_at_policy()
            self._record.advance(now_s)
            self._orders.advance(now_s)
            self._show_attempts(now_s)
            self._record.problem(EXIT, "pressed for minutes: is it stuck?" if self._point.exit_stuck(now_s) else "")
            self._purge()
            self._changed.clear()
            wait_s = until_beat_s()
            if (due_s := self._point.due_s) is not None:
                wait_s = min(wait_s, max(due_s - now_s, 0.0))
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()

    def _look_at_policy(self) -> None:
        self._took(self._point.free(self._rights.open_to_all(), time.monotonic()))
        self._record.say("policy", self._rights.state())

    def _purge(self) -> None:
        """Once a day. With a clock that is not trusted, the future could be purged."""
        now = self._port.now()
        if now.trusted and self._purged != (today := now.utc.date()):
            self._purged = today
            self._audit_log.purge(today - KEPT, now, "movements are kept for three months at most")

    # What follows from what has changed

    def _took(self, happened: Sequence[Happening]) -> None:
        self._drive()
        for each in happened:
            if isinstance(each, Passage):
                self._passed(each.member, each.direction)
        self._record.happenings(happened)
        self._show()
        if happened:
            self._changed.set()

    def _drive(self) -> None:
        wanted = self._point.released is (self._options.strike.fails is Fails.SECURE)
        if wanted is not self._driven and not self._over:
            self._driven = wanted
            self._strike.set(wanted)

    def _show(self) -> None:
        self._record.door(self._point)
        self._record.say("people", {"inside": len(self._inside(None)), "capacity": self._rights.capacity})
        if self._point.somebody_passes is not self._somebody_passes and not self._over:
            self._somebody_passes = self._point.somebody_passes
            self._busy.close()
            if self._somebody_passes:
                self._busy.enter_context(self._port.busy("somebody passes"))

    def _passed(self, member: str, direction: Direction) -> None:
        self._occupants.passed(member, direction, self._port.now().utc.timestamp())

    def _inside(self, member: str | None) -> frozenset[str]:
        """With those who are about to come in, but for `member`, who is not in by that."""
        coming = {each.member for each in self._point.waiting if each.direction is Direction.IN}
        coming |= self._elsewhere.coming(time.monotonic())
        return self._occupants.inside(self._port.now().utc.timestamp()) | (coming - {member})


def _timing(options: DoorOptions) -> Timing:
    return Timing(
        unlock_s=options.strike.unlock,
        relock=options.strike.relock,
        exit_unlocks=options.exit is None or options.exit.unlocks,
        held_open_s=options.held_open,
        warning_s=options.warning,
    )
