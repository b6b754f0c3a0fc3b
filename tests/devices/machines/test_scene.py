"""The outside of a simulated machine: it works while it has power, and tells so by its sensor."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from devices.board.world import Fault, World
from devices.machines import scene
from devices.machines.options import CurrentSensor, MachineOptions, RelayOptions
from devices.machines.scene import MachineScene
from tests.devices.machines.running import BUTTON, JOB, MILL, OPTIONS, RELAY
from tests.waiting import until

CLAMP = CurrentSensor(type="iio", name="ads1015", at="1-0048", attribute="in_voltage0_raw", running=400, idle=100)
TARGET = f"{MILL}/current"


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, pause in {"STEP_EVERY_S": 0.01, "JOB_AFTER_S": (0.01, 0.02), "JOB_S": (0.1, 0.2)}.items():
        monkeypatch.setattr(scene, name, pause)


@asynccontextmanager
async def played(folder: Path, options: MachineOptions = OPTIONS) -> AsyncIterator[tuple[World, MachineScene]]:
    world = World(folder)
    machine = MachineScene(MILL, options, world)
    task = asyncio.create_task(machine.run())
    yield world, machine
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("active_low", [False, True])
async def test_it_works_now_and_then_while_it_has_power(tmp_path: Path, active_low: bool) -> None:
    options = replace(OPTIONS, relay=RelayOptions(line=RELAY, active_low=active_low))
    async with played(tmp_path, options) as (world, machine):
        assert not machine.powered
        with world.pin(RELAY).held("a keeper", output=lambda: not active_low):
            assert machine.powered
            for works in (True, False, True):
                await until(lambda: world.pin(JOB).level is not works)  # noqa: B023 - waited for in this turn
        await until(lambda: world.pin(JOB).level)


async def test_now_and_then_somebody_says_oops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "OOPS_ONCE_IN", 1)
    async with played(tmp_path) as (world, _):
        assert world.pin(BUTTON).level
        with world.pin(RELAY).held("a keeper", output=lambda: True):
            await until(lambda: not world.pin(BUTTON).level)
        await until(lambda: world.pin(BUTTON).level)


async def test_a_sensor_shows_the_current_and_can_be_broken(tmp_path: Path) -> None:
    async with played(tmp_path, replace(OPTIONS, current=CLAMP)) as (world, _):
        file = world.sysfs / "bus/iio/devices/iio:device0/in_voltage0_raw"
        assert (world.sysfs / "bus/i2c/devices/1-0048/iio:device0/name").read_text() == "ads1015\n"
        assert file.read_text() == "100\n"
        for fault, shown in ((Fault.GARBAGE, "nan\n"), (Fault.DRIFT, "50\n")):
            world.play(TARGET, fault)
            await until(lambda: file.read_text() == shown)  # noqa: B023 - waited for in this turn
        world.play(TARGET, Fault.UNPLUG)
        await until(lambda: not file.exists())
        world.play(TARGET, Fault.HANG)
        await until(file.is_fifo)
        world.mend(TARGET)
        await until(lambda: file.is_file() and file.read_text() == "100\n")


async def test_a_contact_can_be_broken_too(tmp_path: Path) -> None:
    async with played(tmp_path) as (world, _):
        world.play(TARGET, Fault.HANG)
        await until(lambda: not world.pin(JOB).level)
        world.play(TARGET, Fault.UNPLUG)
        await until(lambda: world.pin(JOB).level)


def test_two_machines_share_a_converter(tmp_path: Path) -> None:
    world = World(tmp_path)
    for number in range(2):
        clamp = replace(CLAMP, attribute=f"in_voltage{number}_raw")
        MachineScene(f"mill-{number}", replace(OPTIONS, current=clamp), world)
    assert [path.name for path in (world.sysfs / "bus/iio/devices").iterdir()] == ["iio:device0"]


def test_in_a_demonstration_sessions_are_short() -> None:
    quick = MachineScene.quickened(OPTIONS)
    assert (quick.session.most, quick.session.warning, quick.session.grace) == (60.0, 20.0, 10.0)
    assert quick.rules == OPTIONS.rules
