"""Whoever watches sees every switch; technicians are told which is worn, silent or stuck; else it costs nothing."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest

from devices.arcade.buttons import Button
from devices.arcade.input.counters import SwitchCounters
from devices.arcade.input.owner import Controls, Press, controls
from devices.arcade.options import CabinetOptions
from devices.arcade.panel import tester as module
from devices.arcade.panel.lives import FILE
from devices.arcade.panel.tester import InputTester
from devices.arcade.problems import Problems
from devices.board.simulated import SimulatedBoard
from devices.board.world import World
from devices.errors import Refused
from tests.devices.arcade.panel.cabinet import cabinet
from tests.devices.recording_port import RecordingPort
from tests.waiting import until

SOUTH, UP = Button.SOUTH, Button.UP
BUTTONS = (UP, SOUTH, Button.EAST)


@dataclass
class FewControls:
    """What the tester sees of the controls."""

    counters: Mapping[tuple[int, Button], SwitchCounters] = field(default_factory=dict)
    restarts: int = 0
    missed: int = 0


class SayingPort(RecordingPort):
    """Remembers each state that was said, and when."""

    def __init__(self) -> None:
        super().__init__("cabinet")
        self.said: list[tuple[float, str, Any]] = []

    def state(self, name: str, value: Any) -> None:
        super().state(name, value)
        self.said.append((time.monotonic(), name, json.loads(json.dumps(value))))

    def each(self, name: str) -> list[Any]:
        return [value for _, said, value in self.said if said == name]


class Tried:
    """A tester that runs."""

    def __init__(self, folder: Path, options: CabinetOptions) -> None:
        self.folder = folder
        self.port = SayingPort()
        self.controls = FewControls()
        self.tester = InputTester(options, folder, self.port, Problems(self.port), cast("Controls", self.controls))

    def press(self, button: Button, *, pressed: bool = True, ago_s: float = 0.0, player: int = 1) -> None:
        at_ns = time.monotonic_ns() - round(ago_s * 1e9)
        self.tester.press(Press(player, button, pressed, at_ns, 100_000, 0))

    def counted(self, button: Button, *bounces: int) -> None:
        latencies = [0] * 96
        latencies[30] = sum(bounces)
        self.controls.counters = {
            **self.controls.counters,
            (1, button): SwitchCounters(sum(bounces), bounces, latencies),
        }

    @property
    def pressed(self) -> Any:
        return self.port.states["pressed"]

    @property
    def problems(self) -> Any:
        return self.port.states["problems"]

    def switch(self, button: Button) -> Any:
        return cast("Any", self.port.states["switches"])["1"][button]

    def kept(self) -> Any:
        return json.loads((self.folder / FILE).read_bytes())


@asynccontextmanager
async def tried(folder: Path) -> AsyncIterator[Tried]:
    tried = Tried(folder, cabinet(buttons=BUTTONS))
    await tried.tester.load()
    running = asyncio.create_task(tried.tester.run())
    try:
        await until(lambda: "switches" in tried.port.states)
        yield tried
    finally:
        running.cancel()
        await asyncio.wait([running])
    with pytest.raises(asyncio.CancelledError):
        running.result()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"WATCH_S": 1.5, "SWITCHES_EVERY_S": 0.05, "JUDGE_EVERY_S": 0.02}.items():
        monkeypatch.setattr(module, name, seconds)


class TestPressed:
    async def test_nobody_who_does_not_watch_is_shown_anything(self, tmp_path: Path) -> None:
        async with tried(tmp_path) as cabinet:
            cabinet.press(SOUTH)
            await asyncio.sleep(0.15)
            assert cabinet.port.each("pressed") == [{}]

    @pytest.mark.usefixtures("quick")
    async def test_is_shown_while_somebody_watches_and_then_no_more(self, tmp_path: Path) -> None:
        async with tried(tmp_path) as cabinet:
            cabinet.press(UP)
            cabinet.tester.watch()
            await until(lambda: cabinet.pressed == {"1": ("up",), "2": ()})
            cabinet.press(SOUTH, player=2)
            await until(lambda: cabinet.pressed == {"1": ("up",), "2": ("south",)})
            cabinet.press(UP, pressed=False)
            await until(lambda: cabinet.pressed == {"1": (), "2": ("south",)})
            await until(lambda: cabinet.pressed == {})

    @pytest.mark.usefixtures("quick")
    async def test_watching_is_prolonged(self, tmp_path: Path) -> None:
        async with tried(tmp_path) as cabinet:
            for _ in range(8):
                cabinet.tester.watch()
                await asyncio.sleep(0.25)
                assert cabinet.pressed == {"1": (), "2": ()}
            await until(lambda: cabinet.pressed == {})
            cabinet.tester.watch()
            await until(lambda: cabinet.pressed != {})

    @pytest.mark.usefixtures("quick")
    async def test_is_said_at_most_ten_times_a_second_and_the_last_is_right(self, tmp_path: Path) -> None:
        async with tried(tmp_path) as cabinet:
            cabinet.tester.watch()
            for n in range(401):
                cabinet.press(SOUTH, pressed=n % 2 == 0)
                await asyncio.sleep(0.001)
            said = [at for at, name, value in cabinet.port.said if name == "pressed" and value]
            assert len(said) >= 3
            assert all(later - earlier >= 0.099 for earlier, later in pairwise(said))
            await until(lambda: cabinet.pressed.get("1") == ("south",))

    @pytest.mark.parametrize("gap", ["restarts", "missed"])
    async def test_what_may_have_been_let_go_unheard_is_not_shown(self, tmp_path: Path, gap: str) -> None:
        async with tried(tmp_path) as cabinet:
            cabinet.press(UP)
            cabinet.tester.watch()
            await until(lambda: cabinet.pressed == {"1": ("up",), "2": ()})
            setattr(cabinet.controls, gap, 1)
            cabinet.press(SOUTH)
            await until(lambda: cabinet.pressed == {"1": ("south",), "2": ()})


class TestSwitches:
    async def test_are_said_at_once_with_all_that_is_known(self, tmp_path: Path) -> None:
        async with tried(tmp_path) as cabinet:
            assert cabinet.port.states["switches"] == {
                player: {
                    button: {
                        "presses": 0,
                        "bounces": {"0": 0, "1": 0, "2": 0, "3+": 0},
                        "latency_us": None,
                        "worn": None,
                    }
                    for button in BUTTONS
                }
                for player in ("1", "2")
            }

    @pytest.mark.usefixtures("quick")
    async def test_are_counted_while_somebody_watches(self, tmp_path: Path) -> None:
        async with tried(tmp_path) as cabinet:
            cabinet.tester.watch()
            cabinet.counted(SOUTH, 4, 3, 2, 1)
            await until(lambda: cabinet.switch(SOUTH)["presses"] == 10)
            assert cabinet.switch(SOUTH) == {
                "presses": 10,
                "bounces": {"0": 4, "1": 3, "2": 2, "3+": 1},
                "latency_us": {"median": 166, "p99": 166},
                "worn": None,
            }

    @pytest.mark.usefixtures("quick")
    async def test_are_kept_when_they_were_pressed_and_at_the_end(self, tmp_path: Path) -> None:
        async with tried(tmp_path) as cabinet:
            cabinet.counted(SOUTH, 1, 0, 0, 0)
            cabinet.press(SOUTH)
            await until((tmp_path / FILE).exists)
            await until(lambda: cabinet.switch(SOUTH)["presses"] == 1)
            cabinet.counted(SOUTH, 3, 0, 0, 0)
        assert {"player": 1, "button": "south", "total": [3, 0, 0, 0]}.items() <= cabinet.kept()[1].items()
        async with tried(tmp_path) as again:
            assert again.switch(SOUTH)["presses"] == 3

    async def test_are_not_saved_again_within_ten_minutes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "JUDGE_EVERY_S", 0.01)
        async with tried(tmp_path) as cabinet:
            cabinet.counted(SOUTH, 1, 0, 0, 0)
            cabinet.press(SOUTH)
            await until((tmp_path / FILE).exists)
            for presses in range(2, 20):
                cabinet.counted(SOUTH, presses, 0, 0, 0)
                cabinet.press(SOUTH)
                await asyncio.sleep(0.02)
            assert cabinet.kept()[1]["total"][0] == 1
            assert len(cabinet.port.each("switches")) == 2
        assert cabinet.kept()[1]["total"][0] == 19


@pytest.mark.usefixtures("quick")
class TestTroubles:
    async def test_a_worn_switch_is_named_to_technicians(self, tmp_path: Path) -> None:
        async with tried(tmp_path) as cabinet:
            for presses in range(100, 1400, 100):
                worn = max(presses - 900, 0)
                cabinet.counted(SOUTH, presses - worn, 0, 0, worn)
                cabinet.press(SOUTH)
                await asyncio.sleep(0.04)
            await until(lambda: cabinet.switch(SOUTH)["worn"])
            assert cabinet.problems == {"switch 1 south": cabinet.switch(SOUTH)["worn"]}
            assert "it bounces more and more" in cabinet.problems["switch 1 south"]
            assert len({str(said) for said in cabinet.port.each("problems")}) == 2, "said once, whatever the number is"
            await cabinet.tester.renew(1, SOUTH)
            assert cabinet.problems == {}
            assert cabinet.switch(SOUTH)["presses"] == 0
            assert cabinet.kept()[1]["total"] == [0, 0, 0, 0]

    async def test_a_switch_that_is_held_for_hours_is_stuck_until_it_is_let_go(self, tmp_path: Path) -> None:
        async with tried(tmp_path) as cabinet:
            cabinet.press(SOUTH, ago_s=7100)
            cabinet.press(UP, ago_s=7300)
            await until(lambda: cabinet.problems)
            assert cabinet.problems == {
                "switch 1 up": "pressed for over 2 hours: does it stick, or is its wire caught?"
            }
            cabinet.press(UP, pressed=False)
            await until(lambda: not cabinet.problems)

    async def test_a_held_switch_is_found_without_a_further_press(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "KEEP_EVERY_S", 0.05)
        monkeypatch.setattr(module, "STUCK_AFTER_S", 0.3)
        async with tried(tmp_path) as cabinet:
            cabinet.press(SOUTH)
            await until(lambda: "switch 1 south" in cabinet.problems)

    async def test_what_was_held_when_the_input_process_died_is_not_stuck(self, tmp_path: Path) -> None:
        async with tried(tmp_path) as cabinet:
            cabinet.press(UP, ago_s=7300)
            await until(lambda: cabinet.problems)
            cabinet.controls.restarts = 1
            cabinet.tester.watch()
            await until(lambda: not cabinet.problems)

    async def test_a_switch_that_is_not_there_cannot_be_renewed(self, tmp_path: Path) -> None:
        async with tried(tmp_path) as cabinet:
            with pytest.raises(Refused, match="player 3"):
                await cabinet.tester.renew(3, SOUTH)

    async def test_a_damaged_file_is_a_problem_and_nothing_else(self, tmp_path: Path) -> None:
        (tmp_path / FILE).write_bytes(b"\0" * 10)
        async with tried(tmp_path) as cabinet:
            assert "began anew" in cabinet.problems["memory of switches"]
            cabinet.counted(SOUTH, 1, 0, 0, 0)
            cabinet.press(SOUTH)
            await until(lambda: cabinet.problems == {})
            assert cabinet.switch(SOUTH)["presses"] == 1


async def test_nothing_wakes_up_while_nobody_plays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "JUDGE_EVERY_S", 0.02)
    async with tried(tmp_path) as cabinet:
        cabinet.counted(SOUTH, 1, 0, 0, 0)
        cabinet.press(SOUTH)
        cabinet.press(SOUTH, pressed=False)
        await until((tmp_path / FILE).exists)
        await asyncio.sleep(0.3)
        loop = cast("Any", asyncio.get_running_loop())
        select, turns = loop._selector.select, []

        def counted(timeout: float | None) -> Any:
            turns.append(timeout)
            return select(timeout)

        monkeypatch.setattr(loop._selector, "select", counted)
        await asyncio.sleep(1.0)
        assert len(turns) <= 2, turns


@pytest.mark.timeout(60)
async def test_a_real_press_is_shown_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SWITCHES_EVERY_S", 0.05)
    world, port = World(tmp_path / "world"), SayingPort()
    options = CabinetOptions(players=({SOUTH: "GPIO17", Button.EAST: "GPIO27"},))
    for line in options.lines():
        world.pin(line).drive(True)
    async with controls(SimulatedBoard(world, tmp_path / "state"), options) as real:
        tester = InputTester(options, tmp_path, port, Problems(port), real)
        await tester.load()

        async def listen() -> None:
            async for batch in real:
                for each in batch:
                    if isinstance(each, Press):
                        tester.press(each)

        tasks = [asyncio.create_task(tester.run()), asyncio.create_task(listen())]
        tester.watch()
        world.pin("GPIO17").drive(False)
        await port.until(lambda: cast("Any", port.states.get("pressed")) == {"1": ("south",)})
        world.pin("GPIO17").drive(True)
        await port.until(lambda: cast("Any", port.states["pressed"]) == {"1": ()})
        await port.until(lambda: cast("Any", port.states["switches"])["1"][SOUTH]["presses"] == 1)
        assert cast("Any", port.states["switches"])["1"][SOUTH]["latency_us"]["median"] > 0
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
