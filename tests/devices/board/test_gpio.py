"""Edges by gpiod: what can be known without a chip. A kernel's part is played by a pipe, whose descriptor is real."""

import asyncio
import errno
import os
from datetime import timedelta
from pathlib import Path

import gpiod
import pytest
from gpiod.line import Bias as KernelBias
from gpiod.line import Clock, Direction
from gpiod.line import Edge as KernelEdge

from devices.board.board import Bias, Edge, EdgeKind, Line
from devices.board.gpio import ChipEdges, GpiodEdges, edge_of
from devices.board.gpio_request import Requested, settings_of
from devices.board.pi import PiBoard
from devices.errors import DeviceOffline, HardwareMissing

RISING, FALLING = (kind.value for kind in (gpiod.EdgeEvent.Type.RISING_EDGE, gpiod.EdgeEvent.Type.FALLING_EDGE))


def event(kind: int, offset: int, seqno: int) -> gpiod.EdgeEvent:
    return gpiod.EdgeEvent(
        event_type=kind, timestamp_ns=1000 + seqno, line_offset=offset, global_seqno=seqno, line_seqno=seqno
    )


class Request:
    """What gpiod gives for a request. Each byte in the pipe is one edge."""

    def __init__(self, *events: gpiod.EdgeEvent) -> None:
        self.fd, self._kernel = os.pipe()
        self._events = list(events)
        self.gone = False

    def happen(self, count: int) -> None:
        os.write(self._kernel, b"." * count)

    def disappear(self) -> None:
        self.gone = True
        os.close(self._kernel)

    def read_edge_events(self) -> list[gpiod.EdgeEvent]:
        if self.gone:
            raise OSError(errno.ENODEV, "No such device")
        return [self._events.pop(0) for _ in os.read(self.fd, 64)]

    def get_value(self, offset: int) -> gpiod.line.Value:
        if self.gone:
            raise OSError(errno.ENODEV, "No such device")
        return gpiod.line.Value.ACTIVE if offset == 17 else gpiod.line.Value.INACTIVE


def edges(request: Request, names: dict[int, str]) -> GpiodEdges:
    return GpiodEdges([ChipEdges(Requested(request, names))])  # type: ignore[arg-type]  # a stand-in


def test_a_rising_edge_of_the_kernel_is_one_to_active() -> None:
    assert edge_of(event(RISING, 17, 3), {17: "GPIO17"}) == Edge("GPIO17", True, 1003, 3)
    assert edge_of(event(FALLING, 4, 9), {4: "GPIO4"}) == Edge("GPIO4", False, 1009, 9)


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


async def test_edges_are_waited_for_and_come_in_batches() -> None:
    request = Request(event(RISING, 17, 1), event(FALLING, 17, 2), event(RISING, 4, 1))
    batches = aiter(edges(request, {17: "GPIO17", 4: "GPIO4"}))
    waiting = asyncio.ensure_future(anext(batches))
    await asyncio.sleep(0.02)
    assert not waiting.done()
    request.happen(2)
    assert [edge.active for edge in await asyncio.wait_for(waiting, 5)] == [True, False]
    request.happen(1)
    assert [edge.line for edge in await asyncio.wait_for(anext(batches), 5)] == ["GPIO4"]


async def test_several_chips_are_waited_for_together() -> None:
    first, second = Request(event(RISING, 17, 1)), Request(event(RISING, 0, 1))
    both = GpiodEdges(
        [
            ChipEdges(Requested(first, {17: "GPIO17"})),  # type: ignore[arg-type]  # a stand-in
            ChipEdges(Requested(second, {0: "VALVE1"})),  # type: ignore[arg-type]  # a stand-in
        ]
    )
    batches = aiter(both)
    for request, name in ((second, "VALVE1"), (first, "GPIO17")):
        request.happen(1)
        assert [edge.line for edge in await asyncio.wait_for(anext(batches), 5)] == [name]


async def test_a_chip_that_goes_away_ends_the_wait() -> None:
    request = Request()
    of_both = edges(request, {17: "GPIO17", 4: "GPIO4"})
    waiting = asyncio.ensure_future(anext(aiter(of_both)))
    await asyncio.sleep(0.02)
    request.disappear()
    with pytest.raises(DeviceOffline, match="chip of GPIO17, GPIO4 has gone away"):
        await asyncio.wait_for(waiting, 5)
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
