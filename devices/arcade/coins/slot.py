"""The coin slot: its line through the kernel's edges, its inhibit line, and the ledger behind it.

A coin is told when it is in the ledger. While one is written, and whenever another should not come, the inhibit line
makes the acceptor give coins back: so a power cut can lose only the coin that is being written.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from devices.arcade.coins.acceptor import STUCK_NS, Acceptor, Freed, Outcome, Stuck
from devices.arcade.coins.ledger import Ledger
from devices.arcade.coins.pulses import Coin, Rejected
from devices.arcade.options import CoinSlotOptions
from devices.board.board import Bias, Board, Edge, Line, Output
from devices.errors import StorageFull

LATE_S = 0.02
LATE_TURNS = 5
"""Before it counts that there was no edge, those on their way get so much time, and so many turns of the loop."""
EDGES_MOST = 1024
"""Edges that wait here while a coin is written. Then the oldest go, which their numbers show, as in the kernel."""
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
        slot = CoinSlot(options, board.clock.boot, accepts, ledger, active=edges.level(line.name))
        listening = asyncio.create_task(edges.listen(slot.take), name="edges of the coin slot")
        listening.add_done_callback(slot.ended)
        try:
            yield slot
        finally:
            listening.cancel()
            await asyncio.wait([listening])


class CoinSlot:
    """Listen with `async for`, one listener at a time. Ends with `DeviceOffline` when the GPIO chip disappears."""

    def __init__(
        self, options: CoinSlotOptions, boot: str, accepts: Output | None, ledger: Ledger, *, active: bool
    ) -> None:
        self._line = options.line
        self._boot = boot
        self._edges: deque[Edge] = deque(maxlen=EDGES_MOST)
        """Those that are not understood yet."""
        self._failure: BaseException | None = None
        self._happened = asyncio.Event()
        self._accepts = accepts
        self._ledger = ledger
        self._acceptor = Acceptor(options.signal)
        self._at_start: Sequence[Outcome] = ()
        if active:
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

    def take(self, edge: Edge) -> None:
        """What happens on the line."""
        self._edges.append(edge)
        self._happened.set()

    def ended(self, listening: "asyncio.Task[NoReturn]") -> None:
        """Nothing more will be heard of the line."""
        self._failure = None if listening.cancelled() else listening.exception()
        self._happened.set()

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
                self._happened.clear()
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
        self._happened.set()

    async def _next(self) -> Sequence[Outcome]:
        """What the next edges say, or that there are none."""
        if not self._edges and not self._failure:
            await self._something()
        if not self._edges and self._failure:
            raise self._failure
        now_ns = time.monotonic_ns()
        if self._edges or await self._comes_late():
            edges = tuple(self._edges)
            self._edges.clear()
            return [outcome for edge in edges for outcome in self._outcomes(edge)]
        if self._ledger.trouble:
            await self._ledger.save()
        return self._acceptor.settle(now_ns)

    async def _something(self) -> None:
        """Wait until something happens, or is due."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._wait_s()):
                await self._happened.wait()

    async def _comes_late(self) -> bool:
        """Whether there are edges that this program, or this machine, was too busy to bring in time."""
        await asyncio.sleep(LATE_S)
        for _ in range(LATE_TURNS):
            await asyncio.sleep(0)
        return bool(self._edges)

    def _wait_s(self) -> float | None:
        if (due_ns := self._acceptor.deadline_ns) is not None:
            return max(due_ns - time.monotonic_ns(), 0) / 1e9
        return SAVE_AGAIN_S if self._ledger.trouble else None

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
