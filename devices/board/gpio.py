"""Edges of input lines through the kernel's GPIO character device (gpiod 2), its descriptor in the event loop.

Timestamps, debouncing and sequence numbers are the kernel's, and so is the bounded queue: when nobody reads, it drops
the oldest edges, which shows as a gap in `line_seqno`.
"""

import asyncio
import os
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import NoReturn

from devices.board.blocking import BlockingCalls
from devices.board.board import Edge, Edges, Line, TakesEdge
from devices.board.gpio_request import Requested, release, request_lines
from devices.errors import DeviceOffline

REQUEST_WITHIN_S = 5.0
RECORD = struct.Struct("@QIIII24x")
"""`struct gpio_v2_line_event` of <linux/gpio.h>: time in ns, kind, offset, number in the request, number of the line.

Unpacked here, because an edge by way of gpiod's event objects takes more than twice the time.
"""
RECORDS_BYTES = 10 * RECORD.size
"""Of one read; no more, so that a small buffer does, and a line that floods leaves the loop to others."""
RISING, FALLING = 1, 2


@asynccontextmanager
async def gpiod_edges(lines: Sequence[Line], calls: BlockingCalls) -> AsyncIterator["GpiodEdges"]:
    """Hold these lines; errors as in `Board.edges`."""
    key = f"the request for {', '.join(line.name for line in lines)}"
    work = partial(request_lines, lines)
    requested = await calls.run(key, work, deadline_s=REQUEST_WITHIN_S, discard=release)
    try:
        yield GpiodEdges([ChipEdges(each) for each in requested])
    finally:
        release(requested)


class ChipEdges:
    """The requested lines of one chip."""

    def __init__(self, requested: Requested) -> None:
        self._request = requested.request
        self._names = requested.names
        self._offsets = {name: offset for offset, name in requested.names.items()}
        self.lines = tuple(self._offsets)
        self.descriptor = self._request.fd
        os.set_blocking(self.descriptor, False)

    def hand_to(self, take: TakesEdge) -> None:
        """What the kernel has for us, now. `active_low` is in its record: a rising edge is one to active."""
        try:
            records = os.read(self.descriptor, RECORDS_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            raise self._gone() from error
        if not records:
            raise self._gone()
        for time_ns, kind, offset, _, line_seqno in RECORD.iter_unpack(records):
            take(Edge(self._names[offset], kind == RISING, time_ns, line_seqno))

    def level(self, line: str) -> bool:
        try:
            return bool(self._request.get_value(self._offsets[line]))
        except OSError as error:
            raise self._gone() from error

    def _gone(self) -> DeviceOffline:
        return DeviceOffline(f"the GPIO chip of {', '.join(self.lines)} has gone away: plug it in again")


class GpiodEdges(Edges):
    """Requested lines of any number of chips.

    An edge is handed on in the very callback in which the loop finds it: a task that waits for it would be woken one
    turn of the loop, and one system call, later.
    """

    def __init__(self, chips: Sequence[ChipEdges]) -> None:
        self._chips = chips
        self._chip_of = {line: chip for chip in chips for line in chip.lines}

    async def listen(self, take: TakesEdge) -> NoReturn:
        loop = asyncio.get_running_loop()
        failure: asyncio.Future[NoReturn] = loop.create_future()
        for chip in self._chips:
            loop.add_reader(chip.descriptor, _readable, chip, take, failure)
        try:
            await failure
        finally:
            for chip in self._chips:
                loop.remove_reader(chip.descriptor)

    def level(self, line: str) -> bool:
        return self._chip_of[line].level(line)


def _readable(chip: ChipEdges, take: TakesEdge, failure: asyncio.Future[NoReturn]) -> None:
    if failure.done():  # nobody listens any more, and what is there stays in the kernel
        return
    try:
        chip.hand_to(take)
    except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to the one who listens
        failure.set_exception(error)
