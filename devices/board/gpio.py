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

from devices.board.blocking import BlockingCalls
from devices.board.board import Edge, Edges, Line
from devices.board.gpio_request import Requested, release, request_lines
from devices.errors import DeviceOffline

REQUEST_WITHIN_S = 5.0
RECORD = struct.Struct("@QIIII24x")
"""`struct gpio_v2_line_event` of <linux/gpio.h>: time in ns, kind, offset, number in the request, number of the line.

Unpacked here, because an edge by way of gpiod's event objects takes more than twice the time.
"""
RECORDS_BYTES = 64 * RECORD.size
RISING = 1


@asynccontextmanager
async def gpiod_edges(lines: Sequence[Line], calls: BlockingCalls) -> AsyncIterator["GpiodEdges"]:
    """Hold these lines; errors as in `Board.edges`."""
    key = f"the request for {', '.join(line.name for line in lines)}"
    work = partial(request_lines, lines)
    requested = await calls.run(key, work, deadline_s=REQUEST_WITHIN_S, discard=release)
    edges = GpiodEdges([ChipEdges(each) for each in requested])
    try:
        yield edges
    finally:
        edges.ignore()
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

    def waiting(self) -> Sequence[Edge]:
        """Those that the kernel has for us, now. `active_low` is in its record: a rising edge is one to active."""
        try:
            records = os.read(self.descriptor, RECORDS_BYTES)
        except BlockingIOError:
            return ()
        except OSError as error:
            raise self._gone() from error
        if not records:
            raise self._gone()
        return [
            Edge(self._names[offset], kind == RISING, time_ns, line_seqno)
            for time_ns, kind, offset, _, line_seqno in RECORD.iter_unpack(records)
        ]

    def level(self, line: str) -> bool:
        try:
            return bool(self._request.get_value(self._offsets[line]))
        except OSError as error:
            raise self._gone() from error

    def _gone(self) -> DeviceOffline:
        return DeviceOffline(f"the GPIO chip of {', '.join(self.lines)} has gone away: plug it in again")


class GpiodEdges(Edges):
    """Requested lines of any number of chips.

    The loop watches them so long as somebody waits for edges, and reads only then: what nobody takes stays in the
    kernel's bounded queue.
    """

    def __init__(self, chips: Sequence[ChipEdges]) -> None:
        self._chips = chips
        self._chip_of = {line: chip for chip in chips for line in chip.lines}
        self._loop = asyncio.get_running_loop()
        self._watched = False
        self._waiter: asyncio.Future[None] | None = None
        self._batch: Sequence[Edge] = ()
        """Taken from the kernel, and by nobody yet."""

    async def __aiter__(self) -> AsyncIterator[Sequence[Edge]]:
        while True:
            while not self._batch:
                await self._happened()
            batch, self._batch = self._batch, ()
            yield batch

    async def _happened(self) -> None:
        self._watch()
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _watch(self) -> None:
        if not self._watched:
            self._watched = True
            for chip in self._chips:
                self._loop.add_reader(chip.descriptor, self._readable, chip)

    def ignore(self) -> None:
        """Watch no longer."""
        if self._watched:
            self._watched = False
            for chip in self._chips:
                self._loop.remove_reader(chip.descriptor)

    def _readable(self, chip: ChipEdges) -> None:
        if self._waiter is None or self._waiter.done():
            self.ignore()
            return
        try:
            self._batch = chip.waiting()
        except DeviceOffline as error:
            self._waiter.set_exception(error)
        else:
            self._waiter.set_result(None)

    def level(self, line: str) -> bool:
        return self._chip_of[line].level(line)
