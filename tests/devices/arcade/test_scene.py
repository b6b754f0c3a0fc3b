"""Children at a simulated cabinet: what they do is what a cabinet of our own would meet."""

import asyncio
import os
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import time
from pathlib import Path

import pytest

from devices.arcade.buttons import Button
from devices.arcade.options import (
    CabinetOptions,
    CoinSlotOptions,
    EmulationStationOptions,
    Pay,
    Profile,
    PulseCount,
    RetroArchOptions,
    SoundOptions,
    TurnRules,
)
from devices.arcade.scene import ArcadeScene
from devices.arcade.scenery import visits
from devices.arcade.scenery.menu import games_of
from devices.board.board import Bias, Edge, InputIdentity, Line
from devices.board.simulated import SimulatedBoard
from devices.board.world import Fault, World
from devices.opening_hours import Hours
from tests.devices.arcade.games.real_retroarch import free_udp_port
from tests.waiting import until

EVENT = struct.Struct("@llHHi")
EV_SYN, EV_KEY, BTN_SOUTH = 0, 1, 0x130
ONE, TWO = (
    {
        button: f"GPIO{first + n}"
        for n, button in enumerate((Button.UP, Button.DOWN, Button.SOUTH, Button.EAST, Button.START))
    }
    for first in (2, 7)
)
COINS = CoinSlotOptions(line="GPIO21", inhibit="GPIO20", signal=PulseCount(by="count", pulse=0.02, pause=0.05))
QUICK = TurnRules(turn=3.0)
BOTH = CabinetOptions(players=(ONE, TWO), turns=QUICK)


@dataclass
class Cabinet:
    """Just enough of one: so long as it is somebody's turn, each press of a switch reaches the game."""

    world: World
    board: SimulatedBoard
    options: CabinetOptions
    open: bool = True
    pressed: set[str] | None = None
    coins: int = 0

    async def run(self) -> None:
        gamepad = InputIdentity("Cabinet", 3, 1, 1, 1, keys=(BTN_SOUTH,), axes={})
        switches = [line for player in self.options.players for line in player.values()]
        lines = [Line(line, Bias.PULL_UP, active_low=True, debounce_s=0.005) for line in (*switches, COINS.line)]
        self.pressed = set()
        async with self.board.virtual_input(gamepad) as game, self.board.edges(lines) as edges:
            async for batch in edges:
                for edge in batch:
                    self._changed(edge, game)

    def _changed(self, edge: Edge, game: int) -> None:
        if edge.line == COINS.line:
            self.coins += edge.active
        elif edge.active and self.pressed is not None:
            self.pressed.add(edge.line)
            if self.open:
                for value in (1, 0):
                    os.write(game, EVENT.pack(0, 0, EV_KEY, BTN_SOUTH, value) + EVENT.pack(0, 0, EV_SYN, 0, 0))


@asynccontextmanager
async def playing(
    folder: Path, options: CabinetOptions, *, is_open: bool = True
) -> AsyncIterator[tuple[Cabinet, ArcadeScene]]:
    world = World(folder / "world")
    scene = ArcadeScene("cabinet", options, world)
    cabinet = Cabinet(world, SimulatedBoard(world, folder / "state"), options, is_open)
    running = [asyncio.create_task(each) for each in (cabinet.run(), scene.run())]
    try:
        yield cabinet, scene
    finally:
        for task in running:
            task.cancel()
        outcomes = await asyncio.gather(*running, return_exceptions=True)
        world.close()
    assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes), outcomes


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is away for long, and friends come soon."""
    monkeypatch.setattr(visits, "FIRST_AFTER_S", 0.1)
    monkeypatch.setattr(visits, "NOBODY_IDLES", (0.0, 0.01))
    monkeypatch.setattr(visits, "COMES_AFTER_S", (0.1, 0.3))
    monkeypatch.setattr(visits, "COMPANY", 1.0)
    monkeypatch.setattr(visits, "COIN_COUNTS_S", 0.2)


async def test_children_use_every_switch_of_both_players(tmp_path: Path) -> None:
    async with playing(tmp_path, BOTH) as (cabinet, _):
        await until(lambda: cabinet.pressed == {*ONE.values(), *TWO.values()}, within_s=60)


async def test_children_go_home_when_the_game_does_not_hear_them_and_come_again(tmp_path: Path) -> None:
    async with playing(tmp_path, BOTH, is_open=False) as (cabinet, _):
        tried = {ONE[button] for button in (Button.START, Button.SOUTH, Button.EAST)}
        await until(lambda: cabinet.pressed == tried)
        await asyncio.sleep(2)
        assert cabinet.pressed == tried, "nobody plays a game that does not begin"
        cabinet.open = True
        await until(lambda: cabinet.pressed and cabinet.pressed > tried)


async def test_children_pay_where_play_costs_coins(tmp_path: Path) -> None:
    options = replace(BOTH, coins=COINS, turns=replace(QUICK, pay=Pay.COINS))
    async with playing(tmp_path, options) as (cabinet, _):
        await until(lambda: cabinet.pressed)
        assert cabinet.coins >= 1


async def test_a_game_begins_when_the_menu_hears_presses_and_is_ended_from_outside(tmp_path: Path) -> None:
    options = replace(BOTH, retroarch=RetroArchOptions(port=free_udp_port()))
    async with playing(tmp_path, options, is_open=False) as (cabinet, scene):
        retroarch = scene.retroarch
        assert retroarch is not None
        await until(lambda: cabinet.pressed)
        assert retroarch.game is None
        cabinet.open = True
        await until(lambda: retroarch.game)
        cabinet.open = False
        retroarch.close()
        await asyncio.sleep(1)
        assert retroarch.game is None


def test_every_profile_has_a_game_in_the_menu() -> None:
    games = [
        name for name, _ in games_of([Profile(), Profile(games=("*fight*", "Mario Kart*")), Profile(games=("*",))])
    ]
    assert {"2048", "fight", "Mario Kart"} <= {*games}
    assert "" not in games


async def test_everything_that_can_break_is_offered_under_the_name_of_the_cabinet(tmp_path: Path) -> None:
    options = replace(BOTH, coins=COINS, retroarch=RetroArchOptions(port=free_udp_port()))
    world = World(tmp_path)
    ArcadeScene("cabinet", options, world)
    switches = {f"cabinet/{player}-{button}" for player in (1, 2) for button in ONE}
    assert world.targets.keys() == switches | {"cabinet/coin-slot", "cabinet/retroarch"}


async def test_what_is_broken_shows_although_nobody_touches_it(tmp_path: Path) -> None:
    options = replace(BOTH, coins=COINS, turns=TurnRules(turn=3600))
    async with playing(tmp_path, options, is_open=False) as (cabinet, _):
        cabinet.world.play("cabinet/1-up", Fault.HANG)
        cabinet.world.play("cabinet/coin-slot", Fault.HANG)
        await until(lambda: cabinet.pressed and ONE[Button.UP] in cabinet.pressed)
        await until(lambda: cabinet.coins == 1)
        cabinet.world.mend("cabinet/1-up")
        await until(lambda: cabinet.world.pin(ONE[Button.UP]).driven is True)


async def test_a_retroarch_whose_port_is_taken_leaves_the_children_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_udp_port()
    options = replace(BOTH, retroarch=RetroArchOptions(port=port))
    async with playing(tmp_path / "one", options) as (_, scene):
        assert scene.retroarch is not None
        await asyncio.wait_for(scene.retroarch.listening.wait(), 5)
        async with playing(tmp_path / "two", options) as (cabinet, _):
            await until(lambda: cabinet.pressed)
            await until(lambda: f"UDP port {port} is taken" in caplog.text)
        quick = ArcadeScene.quickened(options)
        assert quick.retroarch is not None
        assert quick.retroarch.port > port


def test_a_demonstration_is_quick_and_leaves_the_machine_alone() -> None:
    slow = replace(
        BOTH,
        turns=TurnRules(idle=5),
        opening=(Hours(since=time(3, 0), until=time(3, 1)),),
        sound=SoundOptions(),
        emulationstation=EmulationStationOptions(port=1234),
    )
    quick = ArcadeScene.quickened(slow)
    assert quick.turns.turn < 60
    assert quick.turns.warning < quick.turns.turn
    assert quick.turns.idle == 5
    assert (quick.opening, quick.sound, quick.emulationstation, quick.retroarch) == ((), None, None, None)
    assert quick.players == slow.players


@pytest.mark.parametrize("button", [Button.SOUTH, Button.UP, Button.SELECT, Button.START])
async def test_children_press_what_there_is(tmp_path: Path, button: Button) -> None:
    options = CabinetOptions(players=({}, {button: "GPIO4"}), turns=QUICK)
    async with playing(tmp_path, options) as (cabinet, _):
        await until(lambda: cabinet.pressed == {"GPIO4"})
