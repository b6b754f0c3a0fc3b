"""Lines whose edges a process of its own reads: the kernel's request, whose descriptor is handed over."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from devices.board.blocking import BlockingCalls
from devices.board.board import EdgeKind, Line, LineRecords
from devices.board.gpio import REQUEST_WITHIN_S
from devices.board.gpio_request import Requested, release, request_lines


@asynccontextmanager
async def gpiod_line_records(lines: Sequence[Line], calls: BlockingCalls) -> AsyncIterator[Sequence[LineRecords]]:
    """Hold these lines; errors as in `Board.line_records`."""
    key = f"the request for {', '.join(line.name for line in lines)}"
    work = partial(request_lines, [every_edge(line) for line in lines])
    requested = await calls.run(key, work, deadline_s=REQUEST_WITHIN_S, discard=release)
    try:
        yield [_records(each) for each in requested]
    finally:
        release(requested)


def every_edge(line: Line) -> Line:
    """The line with each of its changes, as it happens."""
    return replace(line, debounce_s=0.0, edges=EdgeKind.BOTH)


def _records(requested: Requested) -> LineRecords:
    request = requested.request
    os.set_blocking(request.fd, False)
    return LineRecords(request.fd, {offset: requested.names[offset] for offset in request.offsets}, levels=None)
