"""The show on a board's lamps."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from devices.arcade.buttons import Button
from devices.arcade.lights import show as show_module
from devices.arcade.lights.patterns import QUIET, Mood, Phase
from devices.arcade.lights.show import LightShow, light_show
from devices.arcade.options import LampOptions, Shows
from devices.board.simulated import SimulatedBoard
from devices.board.world import World
from tests.devices.board.bench import PiBench
from tests.waiting import until

MARQUEE, COIN, START, FIRE = "GPIO5", "GPIO6", "GPIO12", "GPIO13"
LAMPS = (
    LampOptions(line=MARQUEE, shows=Shows.MARQUEE),
    LampOptions(line=COIN, shows=Shows.COIN, active_low=True),
    LampOptions(line=START, player=1, button=Button.START),
    LampOptions(line=FIRE, player=2, button=Button.SOUTH),
)
PLAYING = Mood(Phase.PLAYING, playing=frozenset({1}))


@dataclass(frozen=True, slots=True)
class Cabinet:
    show: LightShow
    world: World

    @property
    def shown(self) -> tuple[float, ...]:
        return tuple(self.world.pin(lamp.line).brightness for lamp in LAMPS)


@asynccontextmanager
async def cabinet(folder: Path, mood: Mood = PLAYING) -> AsyncIterator[Cabinet]:
    world = World(folder / "world")
    try:
        async with light_show(SimulatedBoard(world, folder / "state"), LAMPS) as show:
            show.show(mood)
            yield Cabinet(show, world)
    finally:
        world.close()


async def test_the_lamps_show_what_is_so(tmp_path: Path) -> None:
    async with cabinet(tmp_path) as one:
        await until(lambda: one.shown == (1.0, 0.0, 1.0, 0.0))
        one.show.show(Mood(Phase.PLAYING, credits=1, quiet=True))
        await until(lambda: one.shown[0] == pytest.approx(QUIET, abs=0.01) and one.shown[1:] == (1.0, 0.0, 0.0))
        one.show.show(Mood(Phase.CLOSED))
        await until(lambda: one.shown == (0.0, 0.0, 0.0, 0.0))


async def test_a_lamp_follows_its_own_switch_and_goes_out_after_it(tmp_path: Path) -> None:
    async with cabinet(tmp_path) as one:
        await until(lambda: one.shown == (1.0, 0.0, 1.0, 0.0))
        one.show.press(2, Button.SOUTH, True)
        one.show.press(2, Button.EAST, True)
        await until(lambda: one.shown == (1.0, 0.0, 1.0, 1.0))
        one.show.press(2, Button.SOUTH, False)
        await until(lambda: one.shown == (1.0, 0.0, 1.0, 0.0))


async def test_what_moves_is_driven_until_it_moves_no_more(tmp_path: Path) -> None:
    async with cabinet(tmp_path, Mood(coin_awaited=True)) as one:
        seen: set[float] = set()

        def has_moved() -> bool:
            seen.add(one.shown[1])
            return len(seen) > 5

        await until(has_moved)


async def test_a_show_in_which_nothing_moves_wakes_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with cabinet(tmp_path) as one:
        await until(lambda: one.shown == (1.0, 0.0, 1.0, 0.0))
        looked: list[float] = []
        monkeypatch.setattr(show_module, "light_of", lambda *_: looked.append(1.0))
        one.show.show(PLAYING)
        one.show.press(3, Button.WEST, True)
        await asyncio.sleep(0.3)
        assert looked == []


async def test_lamps_are_tried_one_after_the_other_whatever_is_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(show_module, "TEST_S", 0.1)
    async with cabinet(tmp_path, Mood(Phase.CLOSED)) as one:
        seen: list[tuple[float, ...]] = []
        testing = asyncio.create_task(one.show.test(), name="testing")
        while not testing.done():
            if not seen or seen[-1] != one.shown:
                seen.append(one.shown)
            await asyncio.sleep(0.005)
        lit = [tuple(float(n == index) for n in range(4)) for index in range(4)]
        assert [shown for shown in seen if any(shown)] == lit
        await until(lambda: one.shown == (0.0, 0.0, 0.0, 0.0))


async def test_all_lamps_are_dark_when_the_cabinet_is_cancelled(tmp_path: Path) -> None:
    shining: asyncio.Future[Cabinet] = asyncio.get_running_loop().create_future()

    async def shine() -> None:
        async with cabinet(tmp_path, Mood(Phase.PLAYING, credits=1, quiet=True)) as one:
            shining.set_result(one)
            await asyncio.Event().wait()

    task = asyncio.create_task(shine(), name="cabinet")
    one = await shining
    await until(lambda: one.shown[0] > 0 and one.shown[1] == 1.0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert one.shown == (0.0, 0.0, 0.0, 0.0)


async def test_a_lamp_that_cannot_be_held_is_a_problem_and_the_others_shine(tmp_path: Path) -> None:
    board = SimulatedBoard(world := World(tmp_path / "world"), tmp_path / "state")
    lamps = (*LAMPS, LampOptions(line="GPIO99", shows=Shows.MARQUEE))
    async with board.output(COIN), light_show(board, lamps) as show:
        show.show(PLAYING)
        await until(lambda: world.pin(START).brightness == 1.0)
        assert show.problems.keys() == {f"lamp {COIN}", "lamp GPIO99"}
        assert "there is no line GPIO99" in show.problems["lamp GPIO99"]


async def test_a_cabinet_without_lamps_has_a_show_too(tmp_path: Path) -> None:
    async with light_show(SimulatedBoard(World(tmp_path / "world"), tmp_path), ()) as show:
        show.show(Mood())
        show.press(1, Button.START, True)
        await show.test()


@pytest.mark.pi
async def test_on_a_pi_lamps_shine_and_are_dark_afterwards(tmp_path: Path) -> None:
    bench = PiBench(tmp_path)
    try:
        async with light_show(bench.board, LAMPS) as show:
            show.show(PLAYING)
            await until(lambda: bench.level(START) and bench.level(MARQUEE) and not bench.level(FIRE))
            show.press(2, Button.SOUTH, True)
            await until(lambda: bench.level(FIRE))
        assert not any(bench.level(line) for line in (MARQUEE, START, FIRE))
    finally:
        bench.close()
