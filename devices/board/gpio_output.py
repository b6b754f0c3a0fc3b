"""Output lines that a process of its own holds: the kernel's request, whose descriptor is handed over."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from devices.board.blocking import BlockingCalls
from devices.board.board import HandedOutput
from devices.board.gpio import REQUEST_WITHIN_S
from devices.board.gpio_request import request_output

if TYPE_CHECKING:
    from gpiod import LineRequest


@asynccontextmanager
async def gpiod_handed_output(line: str, active_low: bool, calls: BlockingCalls) -> AsyncIterator[HandedOutput]:
    """Ask for the line; errors as in `Board.handed_output`."""
    work = partial(request_output, line, active_low)
    request = await calls.run(f"output {line}", work, deadline_s=REQUEST_WITHIN_S, discard=_release)
    try:
        yield HandedOutput(request.fd, kernel=True, hand_over=partial(_release, request))
    finally:
        _release(request)


def _release(request: "LineRequest") -> None:
    if request:  # once only: its descriptor's number may be another's by now
        request.release()
