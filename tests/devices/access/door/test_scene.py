"""People at a simulated door, and each fault that can be played there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from devices.access.door import scene
from devices.access.door.options import Contact, Exit, Fails, Strike
from devices.access.door.scene import DoorScene
from devices.board.world import Fault, World
from tests.devices.access.door.running import ADA, CONTACT, EXIT, STRIKE, WIRING, RunningDoor, policy, running

OPTIONS = replace(
    WIRING, contact=Contact(line=CONTACT, debounce=0.01), exit=Exit(line=EXIT, debounce=0.01), held_open=5, warning=0
)


@pytest.fixture(autouse=True)
def _busy_evening(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "STEP_EVERY_S", 0.01)
    monkeypatch.setattr(scene, "REACHES_FOR_IT_S", (0.05, 0.1))
    monkeypatch.setattr(scene, "GOES_THROUGH_S", (0.1, 0.2))
    monkeypatch.setattr(scene, "HOLDS_IT_OPEN", 0.0)
    monkeypatch.setattr(scene, "LEAVES_AFTER_S", (1000.0, 1000.0))
    monkeypatch.setattr(scene, "COMES_BACK_S", 0.1)
    monkeypatch.setattr(scene, "PRESSED_S", 0.1)


@asynccontextmanager
async def played(folder: Path) -> AsyncIterator[tuple[RunningDoor, DoorScene]]:
    world = World(folder / "world")
    people = DoorScene("front-door", OPTIONS, world)
    playing = asyncio.create_task(people.run(), name="scene")
    try:
        async with running(folder, OPTIONS, known=policy(), world=world) as door:
            yield door, people
    finally:
        playing.cancel()
        await asyncio.wait([playing])


async def test_who_was_let_in_goes_through_and_closes_the_door(tmp_path: Path) -> None:
    async with played(tmp_path) as (door, _):
        door.show(ADA)
        await door.event("closed")
        assert door.kinds() == ["access", "unlocked", "opened", "passed", "closed", "locked"]


async def test_somebody_leaves_by_the_button(tmp_path: Path) -> None:
    async with played(tmp_path) as (door, people):
        await people.press_exit()
        assert (await door.event("unlocked"))["by"] == "exit"
        await door.event("closed")
        assert not door.events("forced")


async def test_somebody_forces_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "FORCED_AFTER_S", (0.1, 0.2))
    async with played(tmp_path) as (door, _):
        await door.event("forced")


async def test_some_hold_it_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "HOLDS_IT_OPEN", 1.0)
    async with played(tmp_path) as (door, _):
        door.show(ADA)
        await door.event("held-open")


@pytest.mark.parametrize("fault", [Fault.UNPLUG, Fault.DRIFT])
async def test_a_contact_without_wire_or_magnet_is_an_alarm(tmp_path: Path, fault: Fault) -> None:
    async with played(tmp_path) as (door, _):
        door.world.play("front-door/contact", fault)
        await door.event("forced")
        door.world.mend("front-door/contact")
        await door.event("closed")


async def test_a_contact_that_hangs_says_nothing(tmp_path: Path) -> None:
    async with played(tmp_path) as (door, _):
        door.world.play("front-door/contact", Fault.HANG)
        door.show(ADA)
        await door.event("locked")
        assert door.kinds() == ["access", "unlocked", "locked"]


async def test_a_loose_contact_opens_nothing(tmp_path: Path) -> None:
    async with played(tmp_path) as (door, _):
        door.world.play("front-door/contact", Fault.GARBAGE)
        await asyncio.sleep(0.3)
        assert not door.unlocked


async def test_a_button_that_is_stuck_unlocks_once(tmp_path: Path) -> None:
    async with played(tmp_path) as (door, _):
        door.world.play("front-door/exit", Fault.HANG)
        await door.event("locked")
        assert [unlocked["by"] for unlocked in door.events("unlocked")] == ["exit"]


async def test_a_button_without_wire_is_never_pressed(tmp_path: Path) -> None:
    async with played(tmp_path) as (door, people):
        door.world.play("front-door/exit", Fault.UNPLUG)
        await people.press_exit()
        assert not door.events("unlocked")


@pytest.mark.parametrize(("fails", "driven", "unlocked"), [(Fails.SECURE, True, True), (Fails.SAFE, True, False)])
def test_the_door_is_as_its_strike_is_wired(tmp_path: Path, fails: Fails, driven: bool, unlocked: bool) -> None:
    world = World(tmp_path / "world")
    people = DoorScene("front-door", replace(OPTIONS, strike=Strike(line=STRIKE, fails=fails)), world)
    assert people.unlocked is not unlocked
    world.pin(STRIKE).drive(driven)
    assert people.unlocked is unlocked
