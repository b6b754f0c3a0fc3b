"""Edges by gpiod: what can be known without a chip. A kernel's part is played by a pipe, whose descriptor is real."""

import asyncio
import errno
import os
import struct
from datetime import timedelta
from pathlib import Path

import gpiod
import pytest
from gpiod.line import Bias as KernelBias
from gpiod.line import Clock, Direction
from gpiod.line import Edge as KernelEdge

from devices.board.board import Bias, Edge, EdgeKind, Line
from devices.board.gpio import ChipEdges, GpiodEdges
from devices.board.gpio_request import Requested, settings_of
from devices.board.pi import PiBoard
from devices.errors import DeviceOffline, HardwareMissing
from tests.devices.board.bench import take, until

RISING, FALLING = 1, 2


def record(kind: int, offset: int, seqno: int) -> bytes:
    """`struct gpio_v2_line_event` of <linux/gpio.h>."""
    return struct.pack("=QIIII6I", 1000 + seqno, kind, offset, seqno, seqno, *[0] * 6)


class Request:
    """What gpiod gives for a request; the kernel's end of its descriptor is a pipe."""

    def __init__(self) -> None:
        self.fd, self._kernel = os.pipe()
        self.gone = False

    def happen(self, *records: bytes) -> None:
        os.write(self._kernel, b"".join(records))

    def disappear(self) -> None:
        self.gone = True
        os.close(self._kernel)

    def get_value(self, offset: int) -> gpiod.line.Value:
        if self.gone:
            raise OSError(errno.ENODEV, "No such device")
        return gpiod.line.Value.ACTIVE if offset == 17 else gpiod.line.Value.INACTIVE


def edges(request: Request, names: dict[int, str]) -> GpiodEdges:
    return GpiodEdges([ChipEdges(Requested(request, names))])  # type: ignore[arg-type]  # a stand-in


def of_two_chips(first: Request, second: Request) -> GpiodEdges:
    """GPIO17 of the first, and VALVE1, which is line 0, of the second."""
    return GpiodEdges(
        [
            ChipEdges(Requested(first, {17: "GPIO17"})),  # type: ignore[arg-type]  # a stand-in
            ChipEdges(Requested(second, {0: "VALVE1"})),  # type: ignore[arg-type]  # a stand-in
        ]
    )


async def test_a_rising_edge_of_the_kernel_is_one_to_active() -> None:
    request = Request()
    request.happen(record(RISING, 17, 3), record(FALLING, 4, 9))
    taken = await take(edges(request, {17: "GPIO17", 4: "GPIO4"}), 2)
    assert taken == [Edge("GPIO17", True, 1003, 3), Edge("GPIO4", False, 1009, 9)]


@pytest.mark.parametrize("bias", Bias)
@pytest.mark.parametrize("kind", EdgeKind)
def test_every_setting_of_a_line_reaches_the_kernel(bias: Bias, kind: EdgeKind) -> None:
    settings = settings_of(Line("GPIO17", bias, active_low=True, debounce_s=0.005, edges=kind))
    assert settings.direction is Direction.INPUT
    assert settings.bias is getattr(KernelBias, bias.name)
    assert settings.edge_detection is getattr(KernelEdge, kind.name)
    assert settings.active_low is True
    assert settings.debounce_period == timedelta(milliseconds=5)
    assert settings.event_clock is Clock.MONOTONIC


async def test_edges_are_taken_as_they_happen() -> None:
    request = Request()
    taken: list[Edge] = []
    listening = asyncio.ensure_future(edges(request, {17: "GPIO17", 4: "GPIO4"}).listen(taken.append))
    for happened in (record(RISING, 17, 1) + record(FALLING, 17, 2), record(RISING, 4, 1)):
        await asyncio.sleep(0.02)
        request.happen(happened)
    await until(lambda: len(taken) == 3)
    assert [(edge.line, edge.active) for edge in taken] == [("GPIO17", True), ("GPIO17", False), ("GPIO4", True)]
    listening.cancel()


async def test_many_edges_at_once_are_all_taken() -> None:
    request = Request()
    request.happen(*(record(RISING, 17, seqno) for seqno in range(1, 1025)))
    taken = await take(edges(request, {17: "GPIO17"}), 1024)
    assert [edge.line_seqno for edge in taken] == list(range(1, 1025))


async def test_what_nobody_listens_to_is_left_to_the_kernel_and_costs_the_loop_nothing() -> None:
    request = Request()
    of_both = edges(request, {17: "GPIO17"})
    request.happen(record(RISING, 17, 1))
    await take(of_both, 1)
    request.happen(record(FALLING, 17, 2))
    await asyncio.sleep(0.01)
    assert asyncio.get_running_loop().remove_reader(request.fd) is False, "it is watched no longer"
    assert [edge.line_seqno for edge in await take(of_both, 1)] == [2]


async def test_a_listener_that_failed_or_was_cancelled_takes_no_more_in_the_same_turn_of_the_loop() -> None:
    first, second = Request(), Request()
    both = of_two_chips(first, second)
    for request, offset in ((first, 17), (second, 0)):
        request.happen(record(RISING, offset, 1))
    (edge,) = await take(both, 1)
    (other,) = await take(both, 1)
    assert {edge.line, other.line} == {"GPIO17", "VALVE1"}


async def test_several_chips_are_waited_for_together() -> None:
    first, second = Request(), Request()
    both = of_two_chips(first, second)
    for request, offset, name in ((second, 0, "VALVE1"), (first, 17, "GPIO17")):
        request.happen(record(RISING, offset, 1))
        assert [edge.line for edge in await take(both, 1)] == [name]


async def test_a_chip_that_goes_away_ends_the_listening() -> None:
    request = Request()
    of_both = edges(request, {17: "GPIO17", 4: "GPIO4"})
    listening = asyncio.ensure_future(take(of_both, 1))
    await asyncio.sleep(0.02)
    request.disappear()
    with pytest.raises(DeviceOffline, match="chip of GPIO17, GPIO4 has gone away"):
        await listening
    with pytest.raises(DeviceOffline):
        await anext(aiter(of_both))
    with pytest.raises(DeviceOffline):
        of_both.level("GPIO17")


async def test_the_level_is_asked_of_the_kernel_by_the_name_of_the_line() -> None:
    of_both = edges(Request(), {17: "GPIO17", 4: "GPIO4"})
    assert of_both.level("GPIO17") is True
    assert of_both.level("GPIO4") is False


async def test_a_pi_board_on_a_machine_without_chips_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.board.gpio_request._chips", lambda *_: iter(()))
    board = PiBoard(tmp_path)
    with pytest.raises(HardwareMissing, match="no GPIO chip"):
        async with board.edges([Line("GPIO17")]):
            pass
    with pytest.raises(HardwareMissing, match="no GPIO chip"):
        async with board.output("GPIO17"):
            pass
