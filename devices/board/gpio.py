"""Edges of input lines through the kernel's GPIO character device (gpiod 2), its descriptor in the event loop.

Timestamps, debouncing and sequence numbers are the kernel's, and so is the bounded queue: when nobody reads, it drops
the oldest edges, which shows as a gap in `line_seqno`.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from devices.board.blocking import BlockingCalls
from devices.board.board import Edge, Edges, Line
from devices.board.gpio_request import Requested, release, request_lines
from devices.errors import DeviceOffline

if TYPE_CHECKING:
    from gpiod import EdgeEvent

REQUEST_WITHIN_S = 5.0


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


def edge_of(event: "EdgeEvent", names: Mapping[int, str]) -> Edge:
    """`active_low` is in the kernel's event already: its rising edge is always one to active."""
    active = event.event_type is event.Type.RISING_EDGE
    return Edge(names[event.line_offset], active, event.timestamp_ns, event.line_seqno)


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
        """Those that the kernel has for us, now."""
        try:
            return [edge_of(event, self._names) for event in self._request.read_edge_events()]
        except BlockingIOError:
            return ()
        except OSError as error:
            raise self._gone() from error

    def level(self, line: str) -> bool:
        try:
            return bool(self._request.get_value(self._offsets[line]))
        except OSError as error:
            raise self._gone() from error

    def _gone(self) -> DeviceOffline:
        return DeviceOffline(f"the GPIO chip of {', '.join(self.lines)} has gone away: plug it in again")


class GpiodEdges(Edges):
    """Requested lines of any number of chips."""

    def __init__(self, chips: Sequence[ChipEdges]) -> None:
        self._chips = chips
        self._chip_of = {line: chip for chip in chips for line in chip.lines}

    async def __aiter__(self) -> AsyncIterator[Sequence[Edge]]:
        while True:
            if batch := [edge for chip in self._chips for edge in chip.waiting()]:
                yield batch
            else:
                await self._readable()

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        for chip in self._chips:
            loop.add_reader(chip.descriptor, readable.set)
        try:
            await readable.wait()
        finally:
            for chip in self._chips:
                loop.remove_reader(chip.descriptor)

    def level(self, line: str) -> bool:
        return self._chip_of[line].level(line)
