"""What every board does with lamps."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from devices.board.board import Lamp, Line
from devices.board.pi import PiBoard
from devices.errors import HardwareMissing, LineBusy
from tests.devices.board.bench import ROOT, Bench, SimulatedBench, program, until
from tests.virtual_pi.gpio_sim import GpioSim

LIT = """
import asyncio, sys
from pathlib import Path
from devices.board.pi import PiBoard

async def main():
    async with PiBoard(Path(sys.argv[1])).lamp("GPIO5") as lamp:
        lamp.set(float(sys.argv[2]))
        print("on", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


WAKE_UPS = """
import asyncio, sys
from pathlib import Path
from devices.board.pi import PiBoard

def wake_ups():
    statuses = [(task / "status").read_text() for task in Path("/proc/self/task").iterdir()]
    return sum(int(status.split("\\nvoluntary_ctxt_switches:")[1].split()[0]) for status in statuses)

async def wake_ups_of_a_second():
    before = wake_ups()
    await asyncio.sleep(1)
    return wake_ups() - before

async def main():
    board = PiBoard(Path(sys.argv[1]))
    async with board.output("GPIO4"), board.lamp("GPIO5") as lamp:
        print(await wake_ups_of_a_second())
        lamp.set(1.0)
        print(await wake_ups_of_a_second())
        lamp.set(0.5)
        print(await wake_ups_of_a_second())

asyncio.run(main())
"""


def lit(bench: Bench, active_low: bool) -> bool:
    return bench.level("GPIO5") is not active_low


@pytest.mark.parametrize("active_low", [False, True])
async def test_a_lamp_is_dark_at_first_follows_and_is_dark_when_left(bench: Bench, active_low: bool) -> None:
    async with bench.board.lamp("GPIO5", active_low=active_low) as lamp:
        assert not lit(bench, active_low)
        for brightness in (1.0, 0.0, 1.0, 0.0, 1.0):
            lamp.set(brightness)
            assert lit(bench, active_low) is (brightness == 1.0)
        lamp.set(0.0)
        assert not lit(bench, active_low)


@pytest.mark.parametrize("active_low", [False, True])
async def test_a_dimmed_lamp_becomes_dark_and_fully_lit_again(bench: Bench, active_low: bool) -> None:
    async with bench.board.lamp("GPIO5", active_low=active_low) as lamp:
        for end in (0.0, 1.0) * 3:
            lamp.set(0.5)
            lamp.set(end)
            await asyncio.sleep(0.05)
            assert lit(bench, active_low) is bool(end)


async def test_a_dimmed_lamp_is_lit_for_its_share_of_the_time(bench: Bench) -> None:
    async with bench.board.lamp("GPIO5") as lamp:
        if isinstance(bench, SimulatedBench):
            for brightness in (0.25, 0.75):
                lamp.set(brightness)
                assert bench.world.pin("GPIO5").brightness == brightness
            return
        assert await share_lit(bench, lamp, 0.2) < await share_lit(bench, lamp, 0.8)


async def share_lit(bench: Bench, lamp: Lamp, brightness: float) -> float:
    lamp.set(brightness)
    await asyncio.sleep(0.1)
    seen = []
    for _ in range(200):
        seen.append(bench.level("GPIO5"))
        await asyncio.sleep(0.0013)
    share = sum(seen) / len(seen)
    assert 0 < share < 1
    return share


@pytest.mark.parametrize("active_low", [False, True])
async def test_a_scene_sees_how_bright_a_simulated_lamp_is(tmp_path: Path, active_low: bool) -> None:
    bench = SimulatedBench(tmp_path)
    pin = bench.world.pin("GPIO5")
    assert pin.brightness == 0.0
    async with bench.board.lamp("GPIO5", active_low=active_low) as lamp:
        assert pin.brightness == 0.0
        for brightness in (1.0, 0.01, 0.99, 0.5, 0.0, 0.3):
            lamp.set(brightness)
            assert pin.brightness == pytest.approx(brightness)
    assert pin.brightness == 0.0


async def test_a_lamp_is_dark_when_its_holder_is_cancelled_or_fails(bench: Bench) -> None:
    async def shine() -> None:
        async with bench.board.lamp("GPIO5") as lamp:
            lamp.set(1.0)
            await asyncio.Event().wait()

    for _ in range(2):
        shining = asyncio.create_task(shine())
        await until(lambda: bench.level("GPIO5"))
        shining.cancel()
        await asyncio.gather(shining, return_exceptions=True)
        assert bench.level("GPIO5") is False


@pytest.mark.parametrize("brightness", [-0.1, 1.1, float("nan")])
async def test_no_lamp_is_brighter_than_lit_or_darker_than_dark(bench: Bench, brightness: float) -> None:
    async with bench.board.lamp("GPIO5") as lamp:
        lamp.set(0.5)
        with pytest.raises(ValueError, match=r"0.*1"):
            lamp.set(brightness)


async def test_a_lamp_is_held_by_one_at_a_time_and_the_holder_is_named(bench: Bench) -> None:
    async with bench.board.lamp("GPIO5"):
        with pytest.raises(LineBusy, match="GPIO5"):
            async with bench.board.lamp("GPIO5"):
                pass
        with pytest.raises(LineBusy, match="GPIO5"):
            async with bench.board.edges([Line("GPIO5")]):
                pass
    async with bench.board.line_records([Line("GPIO5")]):
        with pytest.raises(LineBusy, match="GPIO5 is held by alcolab"):
            async with bench.board.lamp("GPIO5"):
                pass


async def test_a_lamp_that_does_not_exist_is_said(bench: Bench) -> None:
    with pytest.raises(HardwareMissing, match="there is no line GPIO99"):
        async with bench.board.lamp("GPIO99"):
            pass


@pytest.mark.pi
@pytest.mark.parametrize("brightness", [1.0, 0.5])
async def test_a_lamp_is_dark_after_its_program_was_killed_and_free_again(tmp_path: Path, brightness: float) -> None:
    with GpioSim() as header:
        with program(LIT, tmp_path, brightness) as running:
            await until(lambda: header.level("GPIO5"))
            running.send_signal(signal.SIGKILL)
            running.wait()
        await until(lambda: not header.level("GPIO5"))
        async with PiBoard(tmp_path).lamp("GPIO5") as lamp:
            lamp.set(1.0)
            assert header.level("GPIO5")


@pytest.mark.pi
async def test_lamps_work_again_on_a_chip_that_was_away(tmp_path: Path) -> None:
    for brightness in (1.0, 0.5, 1.0):
        with GpioSim() as header:
            async with PiBoard(tmp_path).lamp("GPIO5") as lamp, PiBoard(tmp_path).lamp("GPIO6") as other:
                lamp.set(brightness)
                other.set(1.0)
                assert header.level("GPIO6")
                await until(lambda: header.level("GPIO5"))


@pytest.mark.pi
def test_only_a_dimmed_lamp_costs_more_than_the_fifty_wake_ups_a_second_of_every_output(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WAKE_UPS, str(tmp_path)]
    with GpioSim():
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    dark, lit, dimmed = map(int, done.stdout.split())
    assert max(dark, lit) < 70
    assert dimmed > 100
