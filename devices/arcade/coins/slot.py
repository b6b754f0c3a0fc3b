"""The coin slot: its line through the kernel's edges, its inhibit line, and the ledger behind it.

A coin is told when it is in the ledger. While one is written, and whenever another should not come, the inhibit line
makes the acceptor give coins back: so a power cut can lose only the coin that is being written.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TypeAlias

from devices.arcade.coins.acceptor import STUCK_NS, Acceptor, Freed, Outcome, Stuck
from devices.arcade.coins.ledger import Ledger
from devices.arcade.coins.pulses import Coin, Rejected
from devices.arcade.options import CoinSlotOptions
from devices.board.board import Bias, Board, Edge, Edges, Line, Output
from devices.errors import StorageFull

LATE_S = 0.02
"""Edges are waited for so much longer than they can be due: on a busy loop, time passes before they are read."""
SAVE_AGAIN_S = 5.0
"""How long a disk in trouble is left alone."""


@dataclass(frozen=True, slots=True)
class CoinTaken:
    """A coin is in the ledger, once, under this id."""

    credits: int
    id: str


@dataclass(frozen=True, slots=True)
class CoinRejected:
    """Something was inserted, or happened on the line, that counts for nothing; why, for technicians."""

    why: str


@dataclass(frozen=True, slots=True)
class SlotAlarm:
    """The slot needs a technician."""

    reason: str


@dataclass(frozen=True, slots=True)
class SlotWell:
    """What the alarm was about is over."""


SlotEvent: TypeAlias = CoinTaken | CoinRejected | SlotAlarm | SlotWell


@asynccontextmanager
async def coin_slot(board: Board, options: CoinSlotOptions, ledger: Ledger) -> AsyncIterator["CoinSlot"]:
    """Hold the slot's lines; errors as in `Board.edges`. It accepts nothing until it is told to, and is listened to."""
    bias = Bias.PULL_UP if options.active_low else Bias.PULL_DOWN
    line = Line(options.line, bias=bias, active_low=options.active_low)
    # What is switched is acceptance: at first, when let go and when nobody drives it, the line is high, and inhibits.
    gate = nullcontext() if options.inhibit is None else board.output(options.inhibit, active_low=True)
    async with gate as accepts, board.edges([line]) as edges:
        yield CoinSlot(options, board.clock.boot, edges, accepts, ledger)


class CoinSlot:
    """Listen with `async for`, one listener at a time. Ends with `DeviceOffline` when the GPIO chip disappears."""

    def __init__(
        self, options: CoinSlotOptions, boot: str, edges: Edges, accepts: Output | None, ledger: Ledger
    ) -> None:
        self._line = options.line
        self._boot = boot
        self._edges = edges
        self._batches: AsyncIterator[Sequence[Edge]] = aiter(edges)
        self._waiting: asyncio.Timeout | None = None
        self._accepts = accepts
        self._ledger = ledger
        self._acceptor = Acceptor(options.signal)
        self._at_start: Sequence[Outcome] = ()
        if edges.level(options.line):
            why = "a pulse was under way when the slot was switched on"
            self._at_start = self._acceptor.lost(True, time.monotonic_ns(), why)
        self._seqno = 0
        self._stuck = ""
        self._told = ""
        """The alarm that was told last."""
        self._accepting = False
        self._listened_to = False
        self._writing = False
        self._refuse_or_accept()

    def accept(self, accepting: bool) -> None:
        """Whether coins are wanted now. Those that come nevertheless count."""
        self._accepting = accepting
        self._refuse_or_accept()

    async def __aiter__(self) -> AsyncIterator[SlotEvent]:
        with self._listening():
            outcomes, self._at_start = self._at_start, ()
            while True:
                for outcome in outcomes:
                    if event := await self._event(outcome):
                        yield event
                self._refuse_or_accept()
                if event := self._alarm():
                    yield event
                outcomes = await self._next()

    def _refuse_or_accept(self) -> None:
        if self._accepts is not None:
            ready = self._listened_to and not (self._writing or self._stuck or self._ledger.trouble)
            self._accepts.set(self._accepting and ready)

    @contextmanager
    def _listening(self) -> Iterator[None]:
        self._listened_to = True
        self._ledger.on_change = self._ledger_changed
        try:
            yield
        finally:
            self._ledger.on_change = lambda: None
            self._listened_to = False
            self._refuse_or_accept()

    def _ledger_changed(self) -> None:
        """At any time, as turns are paid from it too."""
        self._refuse_or_accept()
        if self._waiting is not None and not self._waiting.expired():
            self._waiting.reschedule(asyncio.get_running_loop().time())

    async def _next(self) -> Sequence[Outcome]:
        """What the next edges say, or that there are none."""
        batch = await self._batch(self._wait_s())
        if not batch:
            now_ns = time.monotonic_ns()
            batch = await self._batch(LATE_S)
            if not batch:
                if self._ledger.trouble:
                    await self._ledger.save()
                return self._acceptor.settle(now_ns)
        return [outcome for edge in batch for outcome in self._outcomes(edge)]

    def _wait_s(self) -> float | None:
        if (due_ns := self._acceptor.deadline_ns) is not None:
            return max(due_ns - time.monotonic_ns(), 0) / 1e9
        return SAVE_AGAIN_S if self._ledger.trouble else None

    async def _batch(self, within_s: float | None) -> Sequence[Edge]:
        """The next edges, or none within the time; those that come just then are the next."""
        try:
            async with asyncio.timeout(within_s) as self._waiting:
                return await anext(self._batches)
        except TimeoutError:
            self._batches = aiter(self._edges)
            return ()
        finally:
            self._waiting = None

    def _outcomes(self, edge: Edge) -> Sequence[Outcome]:
        missing, self._seqno = edge.line_seqno - self._seqno - 1, edge.line_seqno
        if not missing:
            return self._acceptor.edge(edge.active, edge.monotonic_ns)
        # An edge says the level on both of its sides: reading the line again would be later than this.
        lost = self._acceptor.lost(not edge.active, edge.monotonic_ns, f"the kernel had to drop {missing} edges")
        return (*lost, *self._acceptor.edge(edge.active, edge.monotonic_ns))

    async def _event(self, outcome: Outcome) -> SlotEvent | None:
        match outcome:
            case Coin():
                return await self._entered(outcome)
            case Rejected(why=why):
                return CoinRejected(why)
            case Stuck():
                self._stuck = (
                    f"the line {self._line} has not come to rest for {STUCK_NS / 1e9:g} s: "
                    "free the coin that is stuck in the acceptor, or check its wires"
                )
            case Freed():
                self._stuck = ""
        return None

    async def _entered(self, coin: Coin) -> SlotEvent | None:
        """A moment on the monotonic clock of one boot is a coin's identity: told twice, it counts once."""
        coin_id = f"{self._boot}-{coin.at_ns}"
        self._writing = True
        self._refuse_or_accept()
        try:
            new = await self._ledger.insert(coin_id, coin.credits, pulses=coin.credits)
        except StorageFull as error:
            return CoinRejected(str(error))
        finally:
            self._writing = False
        return CoinTaken(coin.credits, coin_id) if new else None

    def _alarm(self) -> SlotEvent | None:
        """What changed of that which a technician must know."""
        alarm = self._stuck or self._ledger.trouble or self._ledger.damage
        if alarm == self._told:
            return None
        self._told = alarm
        return SlotAlarm(alarm) if alarm else SlotWell()
