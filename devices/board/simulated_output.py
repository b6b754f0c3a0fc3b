"""A simulated output line that a process of its own holds: a socket that carries its level, and ends with it."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from devices.board.board import HandedOutput
from devices.board.pin import Pin

WRITES_AT_ONCE = 64


class _Driven:
    """What the world sees of the process that holds the line. `level` is the physical one."""

    def __init__(self, outside: socket.socket, active_low: bool) -> None:
        self._outside = outside
        self._active_low = active_low
        self._active = False

    def level(self) -> bool:
        self.look()
        return self._active is not self._active_low

    def look(self) -> None:
        """Take what was written. A process that has died has released the line: the resistor holds it inactive."""
        try:
            while written := self._outside.recv(WRITES_AT_ONCE):
                self._active = bool(written[-1])
            self._active = False
        except BlockingIOError:
            return


@asynccontextmanager
async def simulated_handed_output(pin: Pin, active_low: bool, consumer: str) -> AsyncIterator[HandedOutput]:
    """Hold the line for a process; `LineBusy` if it is held already."""
    outside, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with outside, inside:
        outside.setblocking(False)
        driven = _Driven(outside, active_low)
        with pin.held(consumer, output=driven.level):
            yield HandedOutput(inside.fileno(), kernel=False, hand_over=inside.close)
