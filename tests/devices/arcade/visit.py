"""A whole cabinet on a simulated board, with somebody in front of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from devices.arcade.buttons import Button
from devices.arcade.cabinet import Cabinet
from devices.arcade.options import CabinetOptions, CoinSlotOptions, Pay, PulseCount, TurnRules
from devices.board.clock import Clock, Moment
from devices.board.game_input import GameInput
from devices.board.simulated import SimulatedBoard
from devices.board.world import World
from devices.device import Event, Json, State
from tests.devices.recording_port import RecordingPort
from tests.waiting import until

LINES = {
    (1, Button.UP): "GPIO4",
    (1, Button.DOWN): "GPIO5",
    (1, Button.SOUTH): "GPIO6",
    (1, Button.START): "GPIO7",
    (2, Button.SOUTH): "GPIO8",
    (2, Button.START): "GPIO9",
    (3, Button.SOUTH): "GPIO10",
    (3, Button.START): "GPIO11",
    (4, Button.SOUTH): "GPIO12",
    (4, Button.START): "GPIO13",
}
READER = "badge-reader"
COIN, INHIBIT = "GPIO24", "GPIO25"
COIN_PULSE_S, COIN_PAUSE_S = 0.04, 0.1
TURNS = TurnRules(turn=600.0, turn_when_others_wait=300.0, grace=5.0, warning=5.0, claim=20.0, idle=300.0)


def options(pay: Pay = Pay.FREE, *, players: int = 2, **changes: Any) -> CabinetOptions:
    """A cabinet for two, or up to four."""
    numbers = range(1, players + 1)
    wired = tuple({button: line for (of, button), line in LINES.items() if of == player} for player in numbers)
    return replace(CabinetOptions(players=wired, turns=replace(TURNS, pay=pay)), **changes)


def coin_slot() -> CoinSlotOptions:
    signal = PulseCount(by="count", pulse=COIN_PULSE_S, pause=COIN_PAUSE_S)
    return CoinSlotOptions(line=COIN, inhibit=INHIBIT, signal=signal, game_pulse=0.05)


class CabinetPort(RecordingPort):
    """Its messages bear the time of the board's clock, as the hub's do. It plays the badge reader, too."""

    def __init__(self, device: str, clock: Clock) -> None:
        super().__init__(device)
        self.badges: asyncio.Queue[Event] = asyncio.Queue()
        self._clock = clock

    def now(self) -> Moment:
        return self._clock.now()

    @asynccontextmanager
    async def hear(self, device: str, *, only_here: bool = False) -> AsyncIterator[AsyncIterator[Event | State]]:
        assert (device, only_here) == (READER, False)
        yield self._shown()

    async def _shown(self) -> AsyncIterator[Event | State]:
        while True:
            yield await self.badges.get()


class Visit:
    """What somebody in front of the cabinet does and sees."""

    def __init__(self, world: World, port: CabinetPort) -> None:
        self.world = world
        self.port = port

    def hold(self, player: int, button: Button) -> None:
        self.world.pin(LINES[player, button]).drive(False)

    def let_go(self, player: int, button: Button) -> None:
        self.world.pin(LINES[player, button]).drive(True)

    async def press(self, player: int, button: Button, *, for_s: float = 0.03) -> None:
        self.hold(player, button)
        await asyncio.sleep(for_s)
        self.let_go(player, button)
        await asyncio.sleep(for_s)

    async def insert_coin(self) -> None:
        """One pulse, and the pause that ends it, as soon as the acceptor takes coins."""
        await until(lambda: not self.world.pin(INHIBIT).level)
        await self.coin_falls()

    async def coin_falls(self) -> None:
        """One pulse, and the pause that ends it, whatever the acceptor was told."""
        began_ns = time.monotonic_ns()
        self.world.pin(COIN).drive(False, at_ns=began_ns)
        await asyncio.sleep(COIN_PULSE_S)
        self.world.pin(COIN).drive(True, at_ns=began_ns + round(COIN_PULSE_S * 1e9))
        await asyncio.sleep(COIN_PAUSE_S)

    def show_badge(self, **data: Json) -> None:
        """What the reader says of a badge: `credential` and `strength`."""
        self.port.badges.put_nowait(Event("badge", data, self.port.now()))

    def game(self, player: int) -> GameInput:
        """What a game sees of a player's gamepad."""
        return self.world.game_input(f"ALCOLAB Player {player}")

    def state(self, name: str) -> Any:
        return self.port.states.get(name)

    async def until(self, name: str, /, **wanted: Json) -> Mapping[str, Any]:
        """Wait until the state has these values."""

        def found() -> Mapping[str, Any] | None:
            state = self.state(name)
            return state if isinstance(state, Mapping) and wanted.items() <= state.items() else None

        return await self.port.until(found)

    async def event(self, kind: str) -> Event:
        return await self.port.until(lambda: next((event for event in self.port.events if event.kind == kind), None))


@asynccontextmanager
async def visit(tmp_path: Path, wanted: CabinetOptions, *, clock: Clock | None = None) -> AsyncIterator[Visit]:
    """A running cabinet; what it remembers stays in `tmp_path` for the next one."""
    (tmp_path / "world").mkdir(exist_ok=True)
    with closing(World(tmp_path / "world")) as world:
        for line in (*LINES.values(), COIN, INHIBIT):
            world.pin(line).drive(True)
        board = SimulatedBoard(world, tmp_path / "state", clock)
        port = CabinetPort("cabinet", board.clock)
        running = asyncio.create_task(Cabinet(wanted, board).run(port), name="cabinet")
        try:
            await port.until(lambda: running.done() or (True, "") in port.available)
            if running.done():
                running.result()
            yield Visit(world, port)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
