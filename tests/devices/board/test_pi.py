"""What only a Pi's kernel can show: chips that move or go away, other programs, and a death without a farewell."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from devices.board.board import Bias, Line
from devices.board.pi import PiBoard
from devices.errors import DeviceOffline, LineBusy
from tests.devices.board.bench import program, take, until
from tests.virtual_pi.gpio_sim import HEADER, GpioSim

pytestmark = pytest.mark.pi

PI_4 = "pinctrl-bcm2711"
PI_5 = "pinctrl-rp1"
OTHERS = ("gpio-brcmstb@107d508500", "gpio-brcmstb@107d508520", "gpio-brcmstb@107d517c00", "raspberrypi-exp-gpio")
"""Chips of a Pi that are not its header."""

HOLD = """
import sys, gpiod
from gpiod.line import Direction
settings = gpiod.LineSettings(direction=Direction.OUTPUT)
with gpiod.request_lines(sys.argv[1], {int(sys.argv[2]): settings}, consumer="door-opener"):
    print("held", flush=True)
    sys.stdin.read()
"""

SWITCH_ON = """
import asyncio, sys
from pathlib import Path
from devices.board.pi import PiBoard

async def main():
    async with PiBoard(Path(sys.argv[1])).output("GPIO5") as output:
        output.set(True)
        print("on", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
def board(tmp_path: Path) -> PiBoard:
    return PiBoard(tmp_path)


@pytest.fixture
def header() -> Iterator[GpioSim]:
    with GpioSim() as header:
        yield header


def number(chip: Path) -> int:
    return int(chip.name.removeprefix("gpiochip"))


@pytest.mark.parametrize(("label", "before"), [(PI_4, 0), (PI_5, 4), (PI_5, 0), (PI_5, 2)])
async def test_the_header_is_used_by_its_label_wherever_the_kernel_puts_it(
    board: PiBoard, label: str, before: int
) -> None:
    with ExitStack() as chips:
        for other in OTHERS[:before]:
            chips.enter_context(GpioSim(other, lines={17: "BT_ON"}, size=32))
        header = chips.enter_context(GpioSim(label))
        for other in OTHERS[before:]:
            chips.enter_context(GpioSim(other, lines={17: "BT_ON"}, size=32))
        # By order, because kernel 6.1 gives no second time the number of a chip that went away while it was held.
        assert sorted(Path("/dev").glob("gpiochip*"), key=number).index(header.path) == before
        header.drive("GPIO17", False)
        async with board.edges([Line("GPIO17")]) as edges, board.output("GPIO5") as output:
            header.drive("GPIO17", True)
            assert [(edge.line, edge.active) for edge in await take(edges, 1)] == [("GPIO17", True)]
            output.set(True)
            assert header.level("GPIO5")


async def test_lines_of_an_older_kernel_that_have_no_names_are_the_headers_by_their_offset(board: PiBoard) -> None:
    with GpioSim("pinctrl-bcm2835", lines={number: f"OLD{number}" for number in HEADER}) as header:
        header.drive("OLD17", True)
        async with board.edges([Line("GPIO17")]) as edges:
            assert edges.level("GPIO17") is True


async def test_lines_of_two_chips_are_held_together(board: PiBoard, header: GpioSim) -> None:
    with GpioSim("mcp23017", lines={3: "RAIN"}, size=16) as expander:
        for chip, line in ((header, "GPIO17"), (expander, "RAIN")):
            chip.drive(line, False)
        async with board.edges([Line("GPIO17"), Line("RAIN")]) as edges:
            for chip, line in ((expander, "RAIN"), (header, "GPIO17")):
                chip.drive(line, True)
                assert [(edge.line, edge.active) for edge in await take(edges, 1)] == [(line, True)]


async def test_a_line_that_another_program_holds_is_busy_and_the_program_is_named(
    board: PiBoard, header: GpioSim
) -> None:
    with program(HOLD, header.path, 17):
        with pytest.raises(LineBusy, match="GPIO17 is held by door-opener: stop that program"):
            async with board.edges([Line("GPIO4"), Line("GPIO17")]):
                pass
        with pytest.raises(LineBusy, match="GPIO17 is held by door-opener: stop that program"):
            async with board.output("GPIO17"):
                pass
        async with board.edges([Line("GPIO4")]):
            pass  # what was asked for together was let go together


async def test_the_resistor_is_the_one_that_was_asked_for(board: PiBoard, header: GpioSim) -> None:
    for bias, level in ((Bias.PULL_UP, True), (Bias.PULL_DOWN, False), (Bias.PULL_UP, True)):
        async with board.edges([Line("GPIO22", bias=bias)]) as edges:
            assert edges.level("GPIO22") is level
            assert header.level("GPIO22") is level


async def test_a_chip_that_goes_away_ends_the_edges_and_its_return_is_welcome(board: PiBoard) -> None:
    expander = GpioSim("mcp23017", lines={3: "RAIN"}, size=16)
    expander.plug()
    async with board.edges([Line("RAIN")]) as edges:
        expander.unplug()
        with pytest.raises(DeviceOffline, match="chip of RAIN has gone away"):
            edges.level("RAIN")
        with pytest.raises(DeviceOffline, match="chip of RAIN has gone away"):
            await take(edges, 1)
    with expander:
        async with board.edges([Line("RAIN")]):
            pass


async def test_an_output_works_again_on_a_chip_that_was_away(board: PiBoard) -> None:
    for _ in range(2):
        with GpioSim() as header:
            async with board.output("GPIO5") as output:
                output.set(True)
                assert header.level("GPIO5")


async def test_an_output_is_off_after_its_program_was_killed_and_free_again(
    board: PiBoard, header: GpioSim, tmp_path: Path
) -> None:
    with program(SWITCH_ON, tmp_path) as running:
        assert header.level("GPIO5")
        running.send_signal(signal.SIGKILL)
        running.wait()
    await until(lambda: not header.level("GPIO5"))
    async with board.output("GPIO5") as output:
        output.set(True)
        assert header.level("GPIO5")


async def test_input_lines_are_free_again_after_their_program_was_killed(board: PiBoard, header: GpioSim) -> None:
    with program(HOLD, header.path, 17) as running:
        running.send_signal(signal.SIGKILL)
        running.wait()
    async with board.edges([Line("GPIO17")]):
        pass
