"""What a machine tells by wire: whether it does a job, and whether somebody has pressed the button."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from devices.board.board import Bias, Board, Edge, Edges, Line
from devices.errors import AlcolabError, BadFrame
from devices.machines.options import CurrentLine, CurrentSensor, MachineOptions
from devices.machines.work import Work

DEBOUNCE_S = 0.02
LOOK_EVERY_S = 1.0
AGAIN_S = 5.0


def lines_of(options: MachineOptions) -> list[Line]:
    """Its inputs."""
    inputs = [options.oops, options.current if isinstance(options.current, CurrentLine) else None]
    return [
        Line(each.line, Bias.PULL_UP if each.active_low else Bias.PULL_DOWN, each.active_low, debounce_s=DEBOUNCE_S)
        for each in inputs
        if each is not None
    ]


@asynccontextmanager
async def inputs(board: Board, options: MachineOptions) -> AsyncIterator[Edges | None]:
    """Hold its input lines, if it has any; errors as in `Board.edges`."""
    if lines := lines_of(options):
        async with board.edges(lines) as edges:
            yield edges
    else:
        yield None


async def watch_lines(edges: Edges, options: MachineOptions, work: Work, pressed: Callable[[], None]) -> None:
    """Follow them until cancelled. A button that is held already counts, and so does one held for long.

    Raises:
        DeviceOffline: the chip has gone.
    """
    job = options.current.line if isinstance(options.current, CurrentLine) else None

    def take(edge: Edge) -> None:
        if edge.line == job:
            work.hear(edge.active, time.monotonic())
        elif edge.active:
            pressed()

    async with asyncio.TaskGroup() as group:
        group.create_task(edges.listen(take), name="edges of a machine")
        while True:
            for line in lines_of(options):
                take(Edge(line.name, edges.level(line.name), time.monotonic_ns(), 0))
            await asyncio.sleep(LOOK_EVERY_S)


async def watch_sensor(board: Board, sensor: CurrentSensor, work: Work, trouble: Callable[[str], None]) -> None:
    """Read it until cancelled."""
    while True:
        try:
            await _read(board, sensor, work, trouble)
        except AlcolabError as error:
            trouble(f"the current sensor cannot be read: {error}; without it nobody knows whether a job runs")
        await asyncio.sleep(AGAIN_S)


async def _read(board: Board, sensor: CurrentSensor, work: Work, trouble: Callable[[str], None]) -> None:
    folder = await board.sysfs.find(sensor.type, sensor.name, at=sensor.at)
    while True:
        work.hear(_works(await board.sysfs.read(folder / sensor.attribute), sensor), time.monotonic())
        trouble("")
        await asyncio.sleep(LOOK_EVERY_S)


def _works(text: str, sensor: CurrentSensor) -> bool | None:
    """None between `idle` and `running`.

    Raises:
        BadFrame: the driver wrote no number.
    """
    try:
        number = float(text)
    except ValueError:
        raise BadFrame(f"the driver gave {text.strip()[:40]!r} instead of a number") from None
    if not abs(number) < float("inf"):
        raise BadFrame(f"the driver gave {text.strip()[:40]!r}, which is no current")
    if number >= sensor.running:
        return True
    return False if number <= sensor.idle else None
