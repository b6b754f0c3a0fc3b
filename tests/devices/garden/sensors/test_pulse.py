"""Pulses are counted once, all of them, and survive whatever ends the process."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

import pytest

from devices.board.board import Bias, Edge, Edges, Line, TakesEdge
from devices.board.pin import Pin
from devices.board.simulated import SimulatedBoard
from devices.board.world import World
from devices.device import Quality
from devices.errors import DeviceOffline
from devices.garden.options import PulseSensor, Sensor
from devices.garden.sensors.pulse import PulseCounter
from devices.garden.sensors.total import load_total
from tests.devices.garden.running import running

RAIN = PulseSensor(type="pulse", line="GPIO17", per_pulse=0.2794, unit="mm", every=0.1, debounce=0.002)
SENSORS: dict[str, Sensor] = {"rain": RAIN}
REPOSITORY = Path(__file__).parents[4]


async def tip(pin: Pin, times: int) -> None:
    for _ in range(times):
        pin.drive(False)
        await asyncio.sleep(0.01)
        pin.drive(True)
        await asyncio.sleep(0.01)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path / "world")
    world.pin("GPIO17").drive(True)
    return world


async def test_the_reading_is_the_total_of_all_tips(tmp_path: Path, world: World) -> None:
    async with running(tmp_path, SENSORS, world=world) as bed:
        assert (await bed.port.reading("rain")).value == 0
        await tip(world.pin("GPIO17"), 3)
        await bed.port.until(lambda: bed.port.readings[-1].value == 0.8382)


async def test_a_contact_that_bounces_counts_once(tmp_path: Path, world: World) -> None:
    pin = world.pin("GPIO17")
    async with running(tmp_path, SENSORS, world=world) as bed:
        await bed.port.reading("rain")
        for level in (False, True, False, True, False):
            pin.drive(level)
        await asyncio.sleep(0.02)
        for level in (True, False, True):
            pin.drive(level)
        await bed.port.until(lambda: bed.port.readings[-1].value == 0.2794)
        await asyncio.sleep(0.3)
        assert bed.port.readings[-1].value == 0.2794


async def test_a_line_without_a_pull_up_counts_when_it_rises(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    meter = PulseSensor(type="pulse", line="GPIO4", unit="L", every=0.1, bias=Bias.PULL_DOWN, debounce=0)
    async with running(tmp_path, {"meter": meter}, world=world) as bed:
        await bed.port.reading("meter")
        world.pin("GPIO4").drive(True)
        await bed.port.until(lambda: bed.port.readings[-1].value == 1)


async def test_the_total_goes_on_after_a_restart(tmp_path: Path, world: World) -> None:
    for expected in (2, 4, 6):
        async with running(tmp_path, SENSORS, world=world) as bed:
            await bed.port.reading("rain")
            await tip(world.pin("GPIO17"), 2)
            await bed.port.until(lambda: bed.port.readings[-1].value == pytest.approx(expected * 0.2794))  # noqa: B023
        assert load_total(tmp_path / "state/devices/bed/rain.json") == expected


PROGRAM = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {repository!r})
from devices.board.world import World
from tests.devices.garden.running import running
from tests.devices.garden.sensors.test_pulse import SENSORS, tip

async def main(folder):
    world = World(folder / "world")
    world.pin("GPIO17").drive(True)
    async with running(folder, SENSORS, world=world) as bed:
        await bed.port.reading("rain")
        await tip(world.pin("GPIO17"), 5)
        print("tipped", flush=True)
        await asyncio.sleep(60)

asyncio.run(main(Path({folder!r})))
"""


def test_a_kill_loses_no_tip_that_is_older_than_a_second(tmp_path: Path) -> None:
    program = PROGRAM.format(repository=str(REPOSITORY), folder=str(tmp_path))
    for lives in range(1, 4):
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "tipped\n"
            time.sleep(1.5)
            os.kill(process.pid, signal.SIGKILL)
        assert load_total(tmp_path / "state/devices/bed/rain.json") == 5 * lives


async def test_a_full_disk_stops_no_counting_and_is_said_once(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(path: Path, pulses: int) -> None:
        raise OSError(28, "No space left on device", str(path), pulses)

    monkeypatch.setattr("devices.garden.sensors.pulse.SAVED_EVERY_S", 0.05)
    with monkeypatch.context() as disk:
        disk.setattr("devices.garden.sensors.pulse.save_total", full)
        async with running(tmp_path, SENSORS, world=world) as bed:
            await bed.port.reading("rain")
            await tip(world.pin("GPIO17"), 3)
            await bed.port.until(lambda: bed.port.readings[-1].value == 0.8382)
            await asyncio.sleep(0.3)
            assert caplog.text.count("No space left") == 1
            disk.undo()
            await asyncio.sleep(0.3)
            assert load_total(tmp_path / "state/devices/bed/rain.json") == 3


async def test_a_damaged_total_is_a_failure_and_never_a_zero(tmp_path: Path, world: World) -> None:
    path = tmp_path / "state/devices/bed/rain.json"
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    async with running(tmp_path, SENSORS, world=world) as bed:
        assert (await bed.port.reading("rain", Quality.FAILED)).value is None
        path.write_text('{"pulses": 100}')
        assert (await bed.port.reading("rain")).value == 27.94


class DroppingEdges(Edges):
    """Edges of which the kernel's queue dropped some, until the chip disappears."""

    async def listen(self, take: TakesEdge) -> NoReturn:
        for line_seqno in (1, 2, 6):
            take(Edge("GPIO17", True, line_seqno, line_seqno))
        await asyncio.sleep(0.2)
        raise DeviceOffline("the GPIO chip is gone")

    def level(self, line: str) -> bool:
        raise AssertionError(line)


async def test_edges_that_the_kernel_dropped_are_counted_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def edges(_: object, lines: Sequence[Line]) -> AsyncIterator[Edges]:
        assert [line.name for line in lines] == ["GPIO17"]
        yield DroppingEdges()

    monkeypatch.setattr(SimulatedBoard, "edges", edges)
    board = SimulatedBoard(World(tmp_path / "world"), tmp_path / "state")
    counter = PulseCounter(RAIN, "bed", "rain", board)
    with pytest.raises(DeviceOffline, match="the GPIO chip is gone"):
        await watch_until_lost(counter)
    assert load_total(tmp_path / "state/devices/bed/rain.json") == 6


async def watch_until_lost(counter: PulseCounter) -> None:
    async with counter.opened() as measure:
        await asyncio.sleep(0.1)
        assert (await measure()).raw == pytest.approx(6 * 0.2794)
        assert counter.missed == 3
        await asyncio.sleep(10)
