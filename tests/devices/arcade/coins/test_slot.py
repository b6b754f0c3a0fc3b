"""The coin slot on a board: lines, ledger, inhibit and alarms together."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

import pytest

from devices.arcade.coins.ledger import Ledger
from devices.arcade.coins.slot import CoinRejected, CoinSlot, CoinTaken, SlotAlarm, SlotEvent, SlotWell, coin_slot
from devices.arcade.options import Coin, CoinSlotOptions, PulseCount, PulseWidths
from devices.board.board import Edge, Edges, Line, TakesEdge
from devices.board.output import GpiozeroOutput
from devices.board.simulated import SimulatedBoard
from devices.errors import DeviceOffline
from tests.devices.board.bench import Bench, PiBench, SimulatedBench
from tests.waiting import until

LINE, INHIBIT = "GPIO17", "GPIO27"
ANY_WIDTH = PulseWidths(
    by="width", coins=tuple(Coin(pulse=pulse, credits=2) for pulse in (0.06, 0.09, 0.13, 0.19, 0.28, 0.42, 0.5))
)
"""From 48 to 600 ms: a busy host of the virtual Pi stretches pulses, and here their length is beside the point."""
ONE_WIDTH = PulseWidths(by="width", coins=(Coin(pulse=0.5, credits=2),))
OPTIONS = CoinSlotOptions(line=LINE, inhibit=INHIBIT, signal=ANY_WIDTH)
PULSE_S = 0.25


@pytest.fixture(params=[SimulatedBench, pytest.param(PiBench, marks=pytest.mark.pi)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    bench: Bench = request.param(tmp_path)
    bench.drive(LINE, True)
    yield bench
    bench.close()


def drive(bench: Bench, level: bool, at_s: float) -> None:
    """Since a moment just past; in the virtual Pi, since now."""
    if isinstance(bench, SimulatedBench):
        bench.world.pin(LINE).drive(level, at_ns=round(at_s * 1e9))
    else:
        bench.drive(LINE, level)


@dataclass(slots=True)
class Listening:
    """A slot that is listened to, and what it has told."""

    bench: Bench
    slot: CoinSlot
    ledger: Ledger
    told: list[SlotEvent] = field(default_factory=list)

    async def listen(self) -> None:
        async for event in self.slot:
            self.told.append(event)

    @property
    def inhibited(self) -> bool:
        return self.bench.level(INHIBIT)

    async def insert(self, seconds: float = PULSE_S) -> None:
        began_s = time.monotonic()
        drive(self.bench, False, began_s)
        await asyncio.sleep(seconds)
        drive(self.bench, True, began_s + seconds)

    def last(self, kind: type[SlotEvent]) -> bool:
        return bool(self.told) and isinstance(self.told[-1], kind)


@asynccontextmanager
async def listening(
    bench: Bench, options: CoinSlotOptions = OPTIONS, folder: Path | None = None
) -> AsyncIterator[Listening]:
    async with (
        Ledger(folder or bench.board.folder("cabinet")) as ledger,
        coin_slot(bench.board, options, ledger) as slot,
        asyncio.TaskGroup() as tasks,
    ):
        slot.accept(True)
        one = Listening(bench, slot, ledger)
        task = tasks.create_task(one.listen(), name="listening to the slot")
        if options.inhibit:
            await until(lambda: not one.inhibited or ledger.trouble)
        yield one
        task.cancel()


async def test_a_coin_is_in_the_ledger_when_it_is_told(bench: Bench) -> None:
    async with listening(bench) as one:
        await one.insert()
        await until(lambda: one.told)
        (taken,) = one.told
        assert isinstance(taken, CoinTaken)
        assert taken.credits == one.ledger.balance == one.ledger.pulses == 2
        assert await one.ledger.insert(taken.id, 2) is False


async def test_two_coins_have_two_ids(bench: Bench) -> None:
    async with listening(bench) as one:
        for count in (1, 2):
            await one.insert()
            await until(lambda: len(one.told) == count)  # noqa: B023
        assert len({event.id for event in one.told if isinstance(event, CoinTaken)}) == 2


async def test_a_glitch_is_nothing_and_a_pulse_that_fits_no_coin_is_told(bench: Bench) -> None:
    async with listening(bench, replace(OPTIONS, signal=ONE_WIDTH)) as one:
        bench.drive(LINE, False)
        bench.drive(LINE, True)
        await asyncio.sleep(0.05)
        await one.insert(0.1)
        await until(lambda: one.told)
        (rejected,) = one.told
        assert isinstance(rejected, CoinRejected)
        assert "fits no coin" in rejected.why
        assert one.ledger.balance == 0


async def test_the_inhibit_line_is_active_whenever_no_coin_is_wanted(bench: Bench) -> None:
    async with Ledger(bench.board.folder("cabinet")) as ledger, coin_slot(bench.board, OPTIONS, ledger) as slot:
        slot.accept(True)
        assert bench.level(INHIBIT), "nobody listens yet"
    async with listening(bench) as one:
        assert not one.inhibited
        one.slot.accept(False)
        assert one.inhibited
        await one.insert()
        await until(lambda: one.told)
        assert one.ledger.balance == 2, "a coin that comes nevertheless counts"
        assert one.inhibited
        one.slot.accept(True)
        assert not one.inhibited


async def test_the_inhibit_line_is_active_from_the_first_moment_to_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = (bench := SimulatedBench(tmp_path)).world
    levels: list[bool] = []

    def set_and_look(output: GpiozeroOutput, active: bool) -> None:
        set_output(output, active)
        levels.append(world.pin(INHIBIT).level)

    def close_and_look(output: GpiozeroOutput) -> None:
        output._device.off()
        levels.append(world.pin(INHIBIT).level)
        close_output(output)

    set_output, close_output = GpiozeroOutput.set, GpiozeroOutput.close
    monkeypatch.setattr(GpiozeroOutput, "set", set_and_look)
    monkeypatch.setattr(GpiozeroOutput, "close", close_and_look)
    bench.drive(LINE, True)
    async with listening(bench) as one:
        assert not one.inhibited
    assert (levels[0], levels[-1]) == (True, True)


async def test_a_stuck_slot_is_told_and_inhibited_until_it_is_well(bench: Bench) -> None:
    async with listening(bench) as one:
        bench.drive(LINE, False)
        await until(lambda: one.told)
        (alarm,) = one.told
        assert isinstance(alarm, SlotAlarm)
        assert "free the coin that is stuck" in alarm.reason
        assert one.inhibited
        bench.drive(LINE, True)
        await until(lambda: one.last(SlotWell))
        assert not one.inhibited
        await one.insert()
        await until(lambda: one.last(CoinTaken))
        assert len(one.told) == 3


async def test_a_slot_that_is_stuck_at_the_start_is_told(tmp_path: Path) -> None:
    bench = SimulatedBench(tmp_path)  # gpio-sim's resistors are stronger than what drives a line from outside
    bench.drive(LINE, False)
    async with listening(bench, replace(OPTIONS, inhibit=None)) as one:
        await until(lambda: one.last(SlotAlarm))
        assert [type(event) for event in one.told] == [CoinRejected, SlotAlarm]


async def test_without_an_inhibit_line_and_with_a_line_that_is_pulled_high(bench: Bench) -> None:
    bench.drive(LINE, False)
    options = CoinSlotOptions(line=LINE, active_low=False, signal=ANY_WIDTH)
    async with listening(bench, options) as one:
        began_s = time.monotonic()
        drive(bench, True, began_s)
        await asyncio.sleep(PULSE_S)
        drive(bench, False, began_s + PULSE_S)
        await until(lambda: one.last(CoinTaken))


async def test_trouble_with_the_disk_is_told_and_inhibited_and_the_coin_counts(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.arcade.coins.slot.SAVE_AGAIN_S", 0.05)
    folder = tmp_path / "folder"
    folder.write_text("a file, so that there is no folder")
    async with listening(bench, folder=folder) as one:
        await until(lambda: one.last(SlotAlarm))
        assert one.inhibited
        await one.insert()
        await until(lambda: one.last(CoinTaken))
        assert one.ledger.balance == 2
        folder.unlink()
        await until(lambda: one.last(SlotWell))
        assert not one.inhibited
    async with Ledger(folder) as ledger:
        assert ledger.balance == 2


async def test_trouble_that_others_find_in_the_ledger_wakes_the_slot(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(bench) as one:
        with monkeypatch.context() as disk:
            disk.setattr("devices.arcade.coins.ledger_file.LedgerFile.add", broken_disk)
            disk.setattr("devices.arcade.coins.slot.SAVE_AGAIN_S", 0.05)
            await one.ledger.grant("command", 1)
            assert one.inhibited, "at once"
            await until(lambda: one.last(SlotAlarm))
            disk.undo()
            disk.setattr("devices.arcade.coins.slot.SAVE_AGAIN_S", 0.05)
            await until(lambda: one.last(SlotWell))


def broken_disk(*_: object) -> None:
    raise OSError(5, "Input/output error")


async def test_a_damaged_ledger_is_an_alarm_and_coins_are_taken(bench: Bench) -> None:
    (bench.board.folder("cabinet") / "coins.sqlite").write_bytes(b"x" * 5000)
    async with listening(bench) as one:
        await until(lambda: one.last(SlotAlarm))
        assert not one.inhibited
        await one.insert()
        await until(lambda: one.last(CoinTaken))


async def test_a_slot_at_rest_does_not_wake_the_loop(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(bench) as one:
        await one.insert()
        await until(lambda: one.last(CoinTaken))
        await asyncio.sleep(0.1)
        looked: list[int] = []
        monkeypatch.setattr(one.slot, "_wait_s", lambda: looked.append(1))
        await asyncio.sleep(0.5)
        assert not looked


PULSES = PulseWidths(by="width", coins=(Coin(pulse=0.1, credits=2),))
TRAIN = PulseCount(by="count", pulse=0.1, credits={1: 2})
INSERT = """
import os, sys, time
pull = os.open(sys.argv[1], os.O_WRONLY)
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))

def drive(level):
    before_s = time.monotonic()
    os.pwrite(pull, b"pull-up" if level else b"pull-down", 0)
    return before_s, time.monotonic()

wanted, good, bad, doubtful = int(sys.argv[2]), 0, 0, 0
while good < wanted and good + bad + doubtful < 5 * wanted:
    glitch_began_s, glitch_ended_s = drive(False)[0], drive(True)[1]
    glitched = glitch_ended_s - glitch_began_s > 0.014
    time.sleep(0.03)
    began_s = drive(False)
    time.sleep(0.1)
    ended_s = drive(True)
    least_s, most_s = ended_s[0] - began_s[1], ended_s[1] - began_s[0]
    if glitched:
        doubtful += 2
    elif 0.081 < least_s and most_s < 0.119:
        good += 1
    elif least_s > 0.121 or most_s < 0.079:
        bad += 1
    else:
        doubtful += 1
    time.sleep(0.25)
print(good, bad, doubtful)
"""
"""In the virtual Pi, a program of its own, which says how long its pulses were: a busy host stretches some of them."""


@dataclass(frozen=True, slots=True)
class Inserted:
    """Pulses that were certainly within the tolerance, certainly outside, or too near to its bounds to tell."""

    good: int
    bad: int = 0
    doubtful: int = 0


def insert_many(bench: Bench, coins: int) -> Inserted:
    """Pulses of 100 ms, each with a glitch before it, until `coins` of them were good; blocks."""
    if isinstance(bench, PiBench):
        pull = bench._header.outside(LINE) / "pull"
        said = subprocess.run([sys.executable, "-c", INSERT, str(pull), str(coins)], check=True, capture_output=True)
        return Inserted(*map(int, said.stdout.split()))
    for _ in range(coins):
        began_s = time.monotonic()
        for level, after_s in ((False, 0.0), (True, 0.002), (False, 0.03), (True, 0.13)):
            drive(bench, level, began_s + after_s)
        time.sleep(0.4)
    return Inserted(coins)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("late_s", [0.0, 0.19], ids=["in time", "late"])
@pytest.mark.parametrize("signal", [PULSES, TRAIN], ids=["width", "count"])
async def test_none_of_50_coins_is_miscounted(bench: Bench, signal: PulseCount | PulseWidths, late_s: float) -> None:
    wanted = (10 if late_s else 50) if isinstance(bench, PiBench) else 5
    async with listening(bench, replace(OPTIONS, signal=signal)) as one:
        inserting = asyncio.create_task(asyncio.to_thread(insert_many, bench, wanted), name="inserting")
        while not inserting.done():
            time.sleep(late_s)  # noqa: ASYNC251 - the loop is late, that is the point
            await asyncio.sleep(0.01)
        inserted = await inserting
        assert inserted.good == wanted
        await until(lambda: len(one.told) >= inserted.good + inserted.bad)
        await asyncio.sleep(0.3)
        coins = sum(isinstance(event, CoinTaken) for event in one.told)
        assert inserted.good <= coins <= inserted.good + inserted.doubtful
        assert len(one.told) <= inserted.good + inserted.bad + inserted.doubtful
        assert one.ledger.balance == 2 * coins


class ScriptedEdges(Edges):
    """Edges as a kernel could tell them, until the chip disappears."""

    def __init__(self, *edges: Edge) -> None:
        self._edges = edges

    async def listen(self, take: TakesEdge) -> NoReturn:
        for edge in self._edges:
            take(edge)
        raise DeviceOffline("the GPIO chip is gone")

    def level(self, line: str) -> bool:
        assert line == LINE
        return False


def edge(ms: float, active: bool, number: int) -> Edge:
    return Edge(LINE, active, round(ms * 1e6), number)


async def test_edges_that_the_kernel_dropped_are_told_and_cost_no_more_than_their_coin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = SimulatedBench(tmp_path).board
    edges = ScriptedEdges(
        edge(1000, True, 1),
        edge(1250, False, 6),  # 2 to 5 are missing: this is the end of a pulse whose beginning nobody saw
        edge(2000, True, 7),
        edge(2400, False, 8),
        edge(2600, True, 9),  # a glitch
        edge(2601, False, 10),
        edge(3000, True, 13),  # 11 and 12 are missing: a whole pulse, perhaps; this one begins here
        edge(3400, False, 14),
        edge(4000, True, 15),
    )

    @asynccontextmanager
    async def scripted(_: object, lines: Sequence[Line]) -> AsyncIterator[Edges]:
        assert [line.name for line in lines] == [LINE]
        yield edges

    monkeypatch.setattr(SimulatedBoard, "edges", scripted)
    told: list[SlotEvent] = []
    async with Ledger(tmp_path) as ledger, coin_slot(board, replace(OPTIONS, inhibit=None), ledger) as slot:

        async def hear() -> None:
            async for event in slot:
                told.append(event)  # noqa: PERF401 - it ends with an error

        with pytest.raises(DeviceOffline, match="the GPIO chip is gone"):
            await hear()
        assert [type(event) for event in told] == [CoinRejected, CoinTaken, CoinRejected, CoinTaken]
        assert told[0] == CoinRejected("the kernel had to drop 4 edges")
        assert ledger.balance == 4
