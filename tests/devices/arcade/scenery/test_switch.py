import asyncio
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from devices.arcade.scenery.switch import REST_NEW_S, REST_WORN_S, Switch
from devices.board.world import Fault, World
from tests.devices.arcade.scenery.listening import Heard, chances, listening

SOUTH = "cabinet/1-south"
LINE = "GPIO17"
TAP_S = 0.01
PRESSED, LET_GO = False, True
"""Levels of a switch to ground."""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def switch(world: World) -> Switch:
    return Switch(world, SOUTH, LINE, active_low=True, random=chances())


@pytest.fixture
def heard(world: World, switch: Switch) -> Iterator[Heard]:  # noqa: ARG001 - it is there before anybody listens
    with listening(world.pin(LINE)) as heard:
        yield heard


def alternating(heard: Heard) -> bool:
    return all(before[0] is not after[0] and before[1] <= after[1] for before, after in pairwise(heard))


async def test_a_press_closes_and_opens_at_once_and_bounces_for_a_moment(switch: Switch, heard: Heard) -> None:
    bounced = 0
    for _ in range(30):
        heard.clear()
        await switch.press(TAP_S)
        assert heard[0][0] is PRESSED
        assert heard[-1][0] is LET_GO
        assert alternating(heard)
        let_go_ns = heard[0][1] + TAP_S * 1e9
        times = [at_ns - heard[0][1] for _, at_ns in heard]
        assert all(at_ns <= REST_NEW_S * 1e9 or at_ns >= let_go_ns - heard[0][1] for at_ns in times)
        bounced += len(heard) > 2
    assert 0 < bounced < 30


def test_a_switch_to_the_supply_is_high_while_pressed(world: World) -> None:
    Switch(world, SOUTH, LINE, active_low=False, random=chances())
    assert world.pin(LINE).driven is False


async def test_a_switch_that_wears_out_bounces_more_and_more_until_it_is_changed(
    world: World, switch: Switch, heard: Heard
) -> None:
    async def edges_of_a_press() -> int:
        heard.clear()
        await switch.press(TAP_S)
        assert heard[-1][0] is LET_GO
        assert alternating(heard)
        return len(heard)

    world.play(SOUTH, Fault.DRIFT)
    counts = [await edges_of_a_press() for _ in range(20)]
    assert counts == sorted(counts)
    assert counts[-1] > counts[0] + 10
    bouncing_ns = [at_ns for _, at_ns in heard[: len(heard) // 2]]
    assert bouncing_ns[-1] - bouncing_ns[0] <= REST_WORN_S * 1e9
    world.mend(SOUTH)
    assert await edges_of_a_press() <= 10


async def test_a_stuck_switch_is_pressed_by_itself_until_it_is_freed(
    world: World, switch: Switch, heard: Heard
) -> None:
    world.play(SOUTH, Fault.HANG)
    switch.step()
    await switch.press(TAP_S)
    assert [level for level, _ in heard] == [PRESSED]
    world.mend(SOUTH)
    switch.step()
    assert [level for level, _ in heard] == [PRESSED, LET_GO]


async def test_a_switch_that_sticks_while_it_is_held_stays_pressed(world: World, switch: Switch, heard: Heard) -> None:
    pressing = asyncio.create_task(switch.press(0.05))
    await asyncio.sleep(0.01)
    world.play(SOUTH, Fault.HANG)
    await pressing
    assert heard[-1][0] is PRESSED


async def test_a_switch_without_its_wire_does_nothing(world: World, switch: Switch, heard: Heard) -> None:
    world.play(SOUTH, Fault.UNPLUG)
    await switch.press(TAP_S)
    switch.step()
    assert heard == []


async def test_a_loose_switch_chatters_by_itself(world: World, switch: Switch, heard: Heard) -> None:
    world.play(SOUTH, Fault.GARBAGE)
    for _ in range(50):
        switch.step()
    assert len(heard) > 5
    world.mend(SOUTH)
    switch.step()
    assert world.pin(LINE).driven is LET_GO


async def test_a_finger_that_is_taken_away_lets_go(switch: Switch, heard: Heard) -> None:
    pressing = asyncio.create_task(switch.press(10))
    await asyncio.sleep(0.02)
    pressing.cancel()
    await asyncio.gather(pressing, return_exceptions=True)
    assert heard[-1][0] is LET_GO
