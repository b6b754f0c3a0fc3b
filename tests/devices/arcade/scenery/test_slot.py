"""What a played acceptor sends is understood by the cabinet's own, or is not, as with a real one."""

import asyncio
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from devices.arcade.coins.acceptor import Acceptor, Freed, Outcome, Stuck
from devices.arcade.coins.pulses import Coin, Rejected
from devices.arcade.options import Coin as CoinOptions
from devices.arcade.options import CoinSignal, CoinSlotOptions, PulseCount, PulseWidths
from devices.arcade.scenery import slot as played
from devices.arcade.scenery.slot import Slot
from devices.board.simulated import SimulatedBoard
from devices.board.world import Fault, World
from tests.devices.arcade.scenery.listening import Heard, chances, listening

SLOT = "cabinet/coin-slot"
LINE, INHIBIT = "GPIO21", "GPIO20"
COUNTED = PulseCount(by="count", pulse=0.03, pause=0.1, credits={1: 1, 2: 3, 5: 8})
MEASURED = PulseWidths(by="width", coins=(CoinOptions(pulse=0.025), CoinOptions(pulse=0.045, credits=2)))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(played, "FALLS_S", 0.0)


def slot_of(world: World, signal: CoinSignal, *, active_low: bool = True) -> Slot:
    options = CoinSlotOptions(line=LINE, active_low=active_low, signal=signal, inhibit=INHIBIT)
    return Slot(world, SLOT, options, chances())


def understood(signal: CoinSignal, heard: Heard, *, active_low: bool = True) -> Sequence[Outcome]:
    """What the cabinet's acceptor makes of what was heard until long after."""
    acceptor = Acceptor(signal)
    outcomes: list[Outcome] = []
    for level, at_ns in heard:
        outcomes += acceptor.edge(level is not active_low, at_ns)
    while (due_ns := acceptor.deadline_ns) is not None:
        outcomes += acceptor.settle(due_ns)
    return outcomes


@pytest.mark.parametrize("signal", [COUNTED, MEASURED])
@pytest.mark.parametrize("active_low", [True, False])
async def test_every_coin_is_worth_what_it_says(tmp_path: Path, signal: CoinSignal, active_low: bool) -> None:
    world = World(tmp_path)
    slot = slot_of(world, signal, active_low=active_low)
    seen = set()
    for _ in range(12):
        with listening(world.pin(LINE)) as heard:
            worth = await slot.insert()
        (coin,) = understood(signal, heard, active_low=active_low)
        assert isinstance(coin, Coin)
        assert coin.credits == worth
        seen.add(worth)
    assert len(seen) > 1


async def test_a_program_that_is_late_changes_no_coin(tmp_path: Path) -> None:
    world = World(tmp_path)
    slot = slot_of(world, COUNTED)

    async def stall() -> None:
        while True:
            time.sleep(0.05)  # noqa: ASYNC251 - the loop is late, that is the point
            await asyncio.sleep(0.01)

    stalling = asyncio.create_task(stall())
    with listening(world.pin(LINE)) as heard:
        worths = []
        for _ in range(3):
            worths.append(await slot.insert())
            await asyncio.sleep(2 * COUNTED.pause)
        stalling.cancel()
        await asyncio.gather(stalling, return_exceptions=True)
    assert all(before[1] <= after[1] for before, after in pairwise(heard))
    assert [coin.credits for coin in understood(COUNTED, heard) if isinstance(coin, Coin)] == worths


async def test_an_inhibited_acceptor_gives_coins_back(tmp_path: Path) -> None:
    world = World(tmp_path)
    board = SimulatedBoard(world, tmp_path / "state")
    slot = slot_of(world, COUNTED)
    async with board.output(INHIBIT) as inhibit:
        inhibit.set(True)
        with listening(world.pin(LINE)) as heard:
            assert await slot.insert() is None
        assert heard == []
        inhibit.set(False)
        assert await slot.insert() is not None


async def test_an_unplugged_acceptor_gives_coins_back(tmp_path: Path) -> None:
    world = World(tmp_path)
    slot = slot_of(world, COUNTED)
    world.play(SLOT, Fault.UNPLUG)
    with listening(world.pin(LINE)) as heard:
        assert await slot.insert() is None
        slot.step()
    assert heard == []


async def test_a_stuck_line_stays_active_and_swallows_coins_until_it_is_freed(tmp_path: Path) -> None:
    world = World(tmp_path)
    slot = slot_of(world, COUNTED)
    with listening(world.pin(LINE)) as heard:
        world.play(SLOT, Fault.HANG)
        slot.step()
        assert await slot.insert() is None
        assert [level for level, _ in heard] == [False]
        world.mend(SLOT)
        slot.step()
    began_ns = heard[0][1]
    later = [heard[0], (True, began_ns + 3_000_000_000)]
    assert [type(outcome) for outcome in understood(COUNTED, later)][:2] == [Stuck, Freed]
    assert await slot.insert() is not None


async def test_glitches_are_no_coins(tmp_path: Path) -> None:
    world = World(tmp_path)
    slot = slot_of(world, COUNTED)
    world.play(SLOT, Fault.GARBAGE)
    with listening(world.pin(LINE)) as heard:
        for _ in range(5):
            slot.step()
            await asyncio.sleep(0.02)
    assert len(heard) == 10
    assert understood(COUNTED, heard) == []


async def test_pulses_that_are_too_long_are_rejected(tmp_path: Path) -> None:
    world = World(tmp_path)
    slot = slot_of(world, PulseCount(by="count", pulse=0.03))
    world.play(SLOT, Fault.DRIFT)
    with listening(world.pin(LINE)) as heard:
        await slot.insert()
    assert [type(outcome) for outcome in understood(PulseCount(by="count", pulse=0.03), heard)] == [Rejected]
