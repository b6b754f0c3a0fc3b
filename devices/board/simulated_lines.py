"""GPIO lines of the simulated world, with the semantics of the kernel's: timestamps, debounce, a bounded queue."""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass

from devices.board.board import Bias, Edge, EdgeKind, Edges, Line, Output
from devices.board.output import gpiozero_output
from devices.board.pin import Pin
from devices.board.world import World
from devices.errors import HardwareMissing

CONSUMER = "alcolab"
EDGES_MOST = 1024
"""As many as the kernel keeps for one request; then it drops the oldest."""
HEADER = re.compile(r"GPIO([0-9]|1[0-9]|2[0-7])")


@dataclass(slots=True)
class _Input:
    """One requested line: `active` is the logical level that was last reported, or would have been."""

    line: Line
    pin: Pin
    active: bool = False
    edges: int = 0
    settling: asyncio.TimerHandle | None = None

    def logical(self, level: bool | None) -> bool:
        if level is None:
            level = self.line.bias is Bias.PULL_UP
        return level is not self.line.active_low

    def wants(self, active: bool) -> bool:
        return self.line.edges is EdgeKind.BOTH or (self.line.edges is EdgeKind.RISING) is active


class SimulatedEdges(Edges):
    """Edges of the world's pins."""

    def __init__(self, world: World, lines: Sequence[Line]) -> None:
        self._loop = asyncio.get_running_loop()
        self._inputs = {line.name: _Input(line, world.pin(line.name)) for line in lines}
        self._queue: deque[Edge] = deque(maxlen=EDGES_MOST)
        self._filled = asyncio.Event()

    def request(self, stack: ExitStack) -> None:
        for held in self._inputs.values():

            def driven(level: bool, at_ns: int, held: _Input = held) -> None:
                self._loop.call_soon_threadsafe(self._driven, held, level, at_ns)

            stack.enter_context(held.pin.held(CONSUMER, listener=driven))
            held.active = held.logical(held.pin.driven)

    def _driven(self, held: _Input, level: bool, at_ns: int) -> None:
        if held.settling is not None:
            held.settling.cancel()
            held.settling = None
        if held.line.debounce_s:
            settled_ns = at_ns + round(held.line.debounce_s * 1e9)
            held.settling = self._loop.call_later(
                held.line.debounce_s, self._report, held, held.logical(level), settled_ns
            )
        else:
            self._report(held, held.logical(level), at_ns)

    def _report(self, held: _Input, active: bool, at_ns: int) -> None:
        if active is held.active:
            return
        held.active = active
        if held.wants(active):
            held.edges += 1
            self._queue.append(Edge(held.line.name, active, at_ns, held.edges))
            self._filled.set()

    async def __aiter__(self) -> AsyncIterator[Sequence[Edge]]:
        while True:
            await self._filled.wait()
            self._filled.clear()
            batch = tuple(self._queue)
            self._queue.clear()
            yield batch

    def level(self, line: str) -> bool:
        held = self._inputs[line]
        return held.logical(held.pin.driven)


@asynccontextmanager
async def simulated_edges(world: World, lines: Sequence[Line]) -> AsyncIterator[Edges]:
    """Errors as in `Board.edges`."""
    edges = SimulatedEdges(world, [_existing(line) for line in lines])
    with ExitStack() as stack:
        edges.request(stack)
        yield edges


@asynccontextmanager
async def simulated_output(world: World, line: str, *, active_low: bool) -> AsyncIterator[Output]:
    """A mock pin of gpiozero, whose level the world's pin shows; errors as in `Board.edges`."""
    from gpiozero.pins.mock import MockFactory

    pin = world.pin(_existing(Line(line)).name)
    with ExitStack() as stack:
        factory = MockFactory()
        stack.callback(factory.close)
        mock = factory.pin(line)
        stack.enter_context(pin.held(CONSUMER, output=lambda: bool(mock.state)))
        yield stack.enter_context(gpiozero_output(line, active_low=active_low, factory=factory))


def _existing(line: Line) -> Line:
    if not HEADER.fullmatch(line.name):
        raise HardwareMissing(f"there is no line {line.name}: the lines of a Pi's header are GPIO0 to GPIO27")
    return line
