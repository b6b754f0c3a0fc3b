"""What every board does with lines whose edges a process of its own reads."""

import asyncio
import fcntl
import os
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from devices.board.board import Bias, EdgeKind, Line, LineRecords
from devices.board.chips import HEADER_LINES
from devices.board.pi import PiBoard
from devices.errors import HardwareMissing, LineBusy
from tests.devices.board.bench import Bench, SimulatedBench, opened, until
from tests.virtual_pi.gpio_sim import GpioSim

RECORD = struct.Struct("=QIIIII20x")
"""`struct gpio_v2_line_event` of <linux/gpio.h>: time, kind, offset, number in the request, number of the line."""
RISING, FALLING = 1, 2
VALUES = struct.Struct("=QQ")
"""`struct gpio_v2_line_values`: bits and mask."""
GET_VALUES = 0xC010B40E
MORE_THAN_ARE_KEPT = 1500

Record = tuple[int, int, int, int, int]


def waiting(records: LineRecords) -> Sequence[Record]:
    """All that can be read now."""
    found: list[Record] = []
    while True:
        try:
            data = os.read(records.descriptor, 64 * RECORD.size)
        except BlockingIOError:
            return found
        assert data, "the chip is gone"
        found += [(at, kind, offset, seqno, line) for at, kind, offset, seqno, line, _ in RECORD.iter_unpack(data)]


async def take(records: LineRecords, count: int) -> Sequence[Record]:
    """The next `count` records."""
    taken: list[Record] = []

    def enough() -> bool:
        taken.extend(waiting(records))
        return len(taken) >= count

    await until(enough)
    return taken


def levels(records: LineRecords) -> dict[str, bool]:
    """As they are now."""
    if records.levels is None:
        mask = (1 << len(records.lines)) - 1
        values = fcntl.ioctl(records.descriptor, GET_VALUES, VALUES.pack(0, mask))
        bits = VALUES.unpack(values)[0]
    else:
        bits = int.from_bytes(os.pread(records.levels, 8, 0), sys.byteorder)
    return {line: bool(bits >> number & 1) for number, line in enumerate(records.lines.values())}


async def test_records_bear_the_kernels_time_and_are_numbered_by_request_and_by_line(bench: Bench) -> None:
    for line in ("GPIO17", "GPIO4"):
        bench.drive(line, False)
    before_ns = time.monotonic_ns()
    async with bench.board.line_records([Line("GPIO17"), Line("GPIO4")]) as (records,):
        for line, level in (("GPIO17", True), ("GPIO4", True), ("GPIO17", False)):
            bench.drive(line, level)
        taken = await take(records, 3)
    assert [(records.lines[offset], kind) for _, kind, offset, _, _ in taken] == [
        ("GPIO17", RISING),
        ("GPIO4", RISING),
        ("GPIO17", FALLING),
    ]
    assert [(seqno, of_line) for *_, seqno, of_line in taken] == [(1, 1), (2, 1), (3, 2)]
    times = [at for at, *_ in taken]
    assert times == sorted(times)
    assert before_ns <= times[0]
    assert times[-1] <= time.monotonic_ns()


async def test_lines_are_known_by_the_offset_that_a_record_names(bench: Bench) -> None:
    async with bench.board.line_records([Line("GPIO27"), Line("GPIO2")]) as (records,):
        assert dict(records.lines) == {HEADER_LINES["GPIO27"]: "GPIO27", HEADER_LINES["GPIO2"]: "GPIO2"}


async def test_a_pressed_switch_to_ground_is_a_rising_edge_to_active(bench: Bench) -> None:
    bench.drive("GPIO17", True)
    async with bench.board.line_records([Line("GPIO17", Bias.PULL_UP, active_low=True)]) as (records,):
        assert levels(records) == {"GPIO17": False}
        bench.drive("GPIO17", False)
        assert [kind for _, kind, *_ in await take(records, 1)] == [RISING]
        assert levels(records) == {"GPIO17": True}


async def test_every_edge_is_recorded_whatever_the_line_asks_for(bench: Bench) -> None:
    bench.drive("GPIO17", False)
    async with bench.board.line_records([Line("GPIO17", debounce_s=0.2, edges=EdgeKind.FALLING)]) as (records,):
        for n in range(7):
            bench.drive("GPIO17", n % 2 == 0)
        assert [kind for _, kind, *_ in await take(records, 7)] == [
            RISING,
            FALLING,
            RISING,
            FALLING,
            RISING,
            FALLING,
            RISING,
        ]


async def test_the_nth_level_is_that_of_the_nth_line_in_whatever_order_they_were_asked_for(bench: Bench) -> None:
    names = ["GPIO22", "GPIO3", "GPIO27", "GPIO0"]
    for name in names:
        bench.drive(name, name in {"GPIO3", "GPIO27"})
    async with bench.board.line_records([Line(name, active_low=name == "GPIO0") for name in names]) as (records,):
        assert levels(records) == {"GPIO22": False, "GPIO3": True, "GPIO27": True, "GPIO0": True}
        bench.drive("GPIO22", True)
        bench.drive("GPIO3", False)
        await take(records, 2)
        assert levels(records) == {"GPIO22": True, "GPIO3": False, "GPIO27": True, "GPIO0": True}


async def test_a_line_with_nothing_connected_has_the_level_of_its_resistor(bench: Bench) -> None:
    lines = [
        Line("GPIO22", Bias.PULL_UP),
        Line("GPIO23", Bias.PULL_DOWN),
        Line("GPIO24", Bias.PULL_UP, active_low=True),
    ]
    async with bench.board.line_records(lines) as (records,):
        assert levels(records) == {"GPIO22": True, "GPIO23": False, "GPIO24": False}


async def test_a_full_queue_loses_the_oldest_records_and_the_numbers_show_it(bench: Bench) -> None:
    bench.drive("GPIO17", False)
    async with bench.board.line_records([Line("GPIO17")]) as (records,):
        for n in range(MORE_THAN_ARE_KEPT):
            bench.drive("GPIO17", n % 2 == 0)
        await asyncio.sleep(0.01)
        numbers = [of_line for *_, of_line in waiting(records)]
        assert levels(records) == {"GPIO17": False}
    assert 400 < len(numbers) < MORE_THAN_ARE_KEPT
    assert numbers == list(range(MORE_THAN_ARE_KEPT - len(numbers) + 1, MORE_THAN_ARE_KEPT + 1))


READ = """
import os, select, sys
descriptor = int(sys.argv[1])
print("ready", flush=True)
select.select([descriptor], [], [])
print(len(os.read(descriptor, 48)), flush=True)
"""


async def test_another_process_reads_what_was_handed_to_it_and_inherits_nothing_else(bench: Bench) -> None:
    bench.drive("GPIO17", False)
    async with bench.board.line_records([Line("GPIO17")]) as (records,):
        for descriptor in filter(None, (records.descriptor, records.levels)):
            assert os.get_inheritable(descriptor) is False
        command = [sys.executable, "-c", READ, str(records.descriptor)]
        handed = (records.descriptor,)
        with subprocess.Popen(command, stdout=subprocess.PIPE, pass_fds=handed) as reader:  # noqa: ASYNC220 - it starts in a moment
            assert reader.stdout is not None
            assert await asyncio.to_thread(reader.stdout.readline) == b"ready\n"
            bench.drive("GPIO17", True)
            assert await asyncio.to_thread(reader.stdout.readline) == b"48\n"


async def test_a_line_is_held_by_one_at_a_time_and_the_message_names_the_holder(bench: Bench) -> None:
    async with bench.board.line_records([Line("GPIO17")]):
        with pytest.raises(LineBusy, match="GPIO17 is held by alcolab"):
            async with bench.board.line_records([Line("GPIO18"), Line("GPIO17")]):
                pass
        with pytest.raises(LineBusy, match="GPIO17 is held by alcolab"):
            async with bench.board.edges([Line("GPIO17")]):
                pass
        async with bench.board.line_records([Line("GPIO18")]):
            pass  # what was asked for together was let go together


async def test_a_line_that_does_not_exist_is_said(bench: Bench) -> None:
    with pytest.raises(HardwareMissing, match="there is no line GPIO99"):
        async with bench.board.line_records([Line("GPIO99")]):
            pass


async def test_nothing_stays_open_after_a_hundred_requests(bench: Bench) -> None:
    async with bench.board.line_records([Line("GPIO17")]):
        pass
    before = opened()
    for _ in range(100):
        async with bench.board.line_records([Line("GPIO17"), Line("GPIO4")]):
            bench.drive("GPIO17", True)
        bench.drive("GPIO17", False)
    assert opened() == before


async def test_what_the_simulated_world_plays_late_bears_the_time_that_it_should_have(tmp_path: Path) -> None:
    bench = SimulatedBench(tmp_path)
    async with bench.board.line_records([Line("GPIO17")]) as (records,):
        before_ns = time.monotonic_ns() - 3_000_000
        bench.world.pin("GPIO17").drive(True, at_ns=before_ns)
        assert [at_ns for at_ns, *_ in await take(records, 1)] == [before_ns]


async def test_a_simulated_chip_that_goes_away_is_the_end_of_the_records(tmp_path: Path) -> None:
    bench = SimulatedBench(tmp_path)
    async with bench.board.line_records([Line("GPIO17")]) as (records,):
        bench.drive("GPIO17", True)
        bench.world.pin("GPIO17").lose()
        bench.drive("GPIO17", False)
        assert len(os.read(records.descriptor, 4096)) == RECORD.size
        assert os.read(records.descriptor, 4096) == b""
    async with bench.board.line_records([Line("GPIO17")]) as (records,):
        bench.drive("GPIO17", True)
        assert len(await take(records, 1)) == 1


@pytest.mark.pi
async def test_a_chip_that_goes_away_is_an_error_and_its_return_is_welcome(tmp_path: Path) -> None:
    board = PiBoard(tmp_path)
    expander = GpioSim("mcp23017", lines={3: "RAIN"}, size=16)
    expander.plug()
    async with board.line_records([Line("RAIN")]) as (records,):
        expander.unplug()
        with pytest.raises(OSError, match="No such device"):
            os.read(records.descriptor, 4096)
        with pytest.raises(OSError, match="No such device"):
            levels(records)
    with expander:
        async with board.line_records([Line("RAIN")]):
            pass


@pytest.mark.pi
async def test_lines_of_two_chips_are_two_requests(tmp_path: Path) -> None:
    with GpioSim(), GpioSim("mcp23017", lines={3: "RAIN"}, size=16) as expander:
        expander.drive("RAIN", False)
        lines = [Line("GPIO17"), Line("RAIN"), Line("GPIO4")]
        async with PiBoard(tmp_path).line_records(lines) as (header, beside):
            assert list(header.lines.values()) == ["GPIO17", "GPIO4"]
            assert dict(beside.lines) == {3: "RAIN"}
            expander.drive("RAIN", True)
            assert [record[2:] for record in await take(beside, 1)] == [(3, 1, 1)]


@pytest.mark.pi
@pytest.mark.parametrize("before", [0, 2])
async def test_the_header_is_found_by_its_label_wherever_the_kernel_puts_it(tmp_path: Path, before: int) -> None:
    with ExitStack() as chips:
        for number in range(before):
            chips.enter_context(GpioSim(f"gpio-brcmstb{number}", lines={17: "BT_ON"}, size=32))
        header = chips.enter_context(GpioSim("pinctrl-rp1"))
        header.drive("GPIO17", False)
        async with PiBoard(tmp_path).line_records([Line("GPIO17")]) as (records,):
            header.drive("GPIO17", True)
            assert [record[2] for record in await take(records, 1)] == [17]
