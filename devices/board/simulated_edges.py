"""Input lines of the simulated world, with the kernel's semantics: timestamps, debounce, a bounded queue."""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import NoReturn

from devices.board.board import Bias, Edge, EdgeKind, Edges, Line, TakesEdge
from devices.board.pin import Pin

EDGES_MOST = 1024
"""As many as the kernel keeps for one request; then the oldest goes, which the sequence numbers show."""


class _Input:
    """One requested line. `level` is the logical level now, `active` the one after debouncing."""

    def __init__(self, line: Line, pin: Pin, queue: "_EdgeQueue") -> None:
        self.line = line
        self.pin = pin
        self.active = self.level
        self._last = self.active
        self._queue = queue
        self._seqno = 0
        self._loop = asyncio.get_running_loop()
        self._settling: asyncio.TimerHandle | None = None

    @property
    def level(self) -> bool:
        return self._logical(self.line.bias is Bias.PULL_UP if self.pin.driven is None else self.pin.driven)

    def _logical(self, physical: bool) -> bool:
        return physical is not self.line.active_low

    def driven(self, physical: bool, at_ns: int) -> None:
        """Called in any thread; a loop that was closed meanwhile hears no more."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._changed, self._logical(physical), at_ns)

    def _changed(self, active: bool, at_ns: int) -> None:
        if active is self._last:
            return
        self._last = active
        debounce_s = self.line.debounce_s
        if not debounce_s:
            self._report(active, at_ns)
            return
        self.release()
        self._settling = self._loop.call_later(debounce_s, self._report, active, at_ns + round(debounce_s * 1e9))

    def _report(self, active: bool, at_ns: int) -> None:
        if active is self.active:
            return
        self.active = active
        if self.line.edges is EdgeKind.BOTH or (self.line.edges is EdgeKind.RISING) is active:
            self._seqno += 1
            self._queue.put(Edge(self.line.name, active, at_ns, self._seqno))

    def release(self) -> None:
        """No edge is on its way any more."""
        if self._settling is not None:
            self._settling.cancel()


class _EdgeQueue:
    def __init__(self) -> None:
        self._edges: deque[Edge] = deque(maxlen=EDGES_MOST)
        self._filled = asyncio.Event()

    def put(self, edge: Edge) -> None:
        self._edges.append(edge)
        self._filled.set()

    async def hand_to(self, take: TakesEdge) -> NoReturn:
        while True:
            await self._filled.wait()
            while self._edges:
                take(self._edges.popleft())
            self._filled.clear()


class SimulatedEdges(Edges):
    """Edges of the world's pins."""

    def __init__(self, inputs: Sequence[_Input], queue: _EdgeQueue) -> None:
        self._inputs = {held.line.name: held for held in inputs}
        self._queue = queue

    async def listen(self, take: TakesEdge) -> NoReturn:
        await self._queue.hand_to(take)

    def level(self, line: str) -> bool:
        held = self._inputs[line]
        return held.active if held.line.debounce_s else held.level


@contextmanager
def simulated_edges(lines: Sequence[tuple[Line, Pin]], consumer: str) -> Iterator[SimulatedEdges]:
    """Hold these lines; `LineBusy` if one is held already."""
    queue = _EdgeQueue()
    inputs = [_Input(line, pin, queue) for line, pin in lines]
    with ExitStack() as stack:
        for held in inputs:
            stack.enter_context(held.pin.held(consumer, listener=held.driven))
            stack.callback(held.release)
        yield SimulatedEdges(inputs, queue)
