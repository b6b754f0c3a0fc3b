"""From a reader's `badge` event to the strike's output: a hundred a second at the doors of one Pi, for a minute.

Each door lets somebody in once a second, and is locked again before the next; all others are refused there.
With the broker alive, and with none there: it must make no difference. What a reader itself needs is not counted.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.access.crowd import DOORS, NODE, SWIPES_PER_S, Crowd, door, doors, lab_of, line, reader
from bench.access.pace import ROUNDS, paced, percentiles
from bench.broker import mosquitto
from bench.measure import Goal, Measurement
from devices.access.door.door import Door
from devices.board.board import Output
from devices.board.clock import SystemClock
from devices.board.simulated import SimulatedBoard
from devices.board.world import World
from devices.device import Event
from hub.lab import Broker
from tests.brokers import free_port
from tests.hub.mqtt.nodes import Pi
from tests.waiting import until

GOALS = {95: Goal(most=100.0)}
ANSWERED_WITHIN_S = 0.4
"""Before the door is locked again."""


class Relay(Output):
    """Notes when it last moved to the other side."""

    def __init__(self, output: Output) -> None:
        self.moved_at = 0.0
        self._output = output
        self._active = False

    def set(self, active: bool) -> None:
        self._output.set(active)
        if active and not self._active:
            self.moved_at = time.perf_counter()
        self._active = active


class NotingBoard(SimulatedBoard):
    """A board whose outputs note when they move."""

    def __init__(self, world: World, state: Path) -> None:
        super().__init__(world, state, SystemClock())
        self.relays: dict[str, Relay] = {}

    @asynccontextmanager
    async def output(self, line: str, *, active_low: bool = False) -> AsyncIterator[Output]:
        async with super().output(line, active_low=active_low) as output:
            relay = self.relays[line] = Relay(output)
            yield relay


def measure() -> Iterator[Measurement]:
    crowd = Crowd()
    with TemporaryDirectory() as folder, mosquitto(Path(folder)) as port:
        alive = asyncio.run(_swipes(crowd, Path(folder), Broker(host="127.0.0.1", port=port)))
    yield from percentiles("badge to relay at 100 a second, network alive", alive, GOALS)
    with TemporaryDirectory() as folder:
        dead = asyncio.run(_swipes(crowd, Path(folder), Broker(host="127.0.0.1", port=free_port())))
    yield from percentiles("badge to relay at 100 a second, network dead", dead, GOALS)


async def _swipes(crowd: Crowd, folder: Path, broker: Broker) -> list[list[float]]:
    board = NotingBoard(World(folder / "world"), folder / "devices")
    let_in = [crowd.let_in(door(number)) for number in range(DOORS)]
    async with Pi(NODE, lab_of(broker), folder) as pi:
        pi.bus.latest.policy = crowd.policy
        running = [
            asyncio.create_task(Door(entry.options, board).run(pi.port(name)), name=name)
            for name, entry in doors().items()
        ]
        await until(lambda: len(board.relays) == DOORS and len(pi.bus.latest.availability) == DOORS)
        rolling = random.Random(1)  # noqa: S311 - no secret
        rounds = [await _round(pi, board, crowd, let_in, rolling) for _ in range(ROUNDS)]
        for task in running:
            task.cancel()
        await asyncio.wait(running)
    return rounds


async def _round(
    pi: Pi, board: NotingBoard, crowd: Crowd, let_in: list[list[str]], rolling: random.Random
) -> list[float]:
    """Raises:
    TimeoutError: a door did not move in time.
    """
    took: list[float] = []
    async with asyncio.TaskGroup() as tasks:
        async for number in paced(SWIPES_PER_S):
            which, may = number % DOORS, number % SWIPES_PER_S < DOORS
            badge = {"credential": rolling.choice(let_in[which] if may else crowd.lost), "strength": "uid"}
            relay, shown_at = board.relays[line(which)], time.perf_counter()
            pi.bus.publish(reader(which), Event("badge", badge, pi.clock.now()))
            if may:
                tasks.create_task(_noted(relay, shown_at, took))
    return took


async def _noted(relay: Relay, shown_at: float, took: list[float]) -> None:
    await asyncio.sleep(ANSWERED_WITHIN_S)
    if relay.moved_at < shown_at:
        raise TimeoutError("a badge that may did not move the relay")
    took.append(relay.moved_at - shown_at)
