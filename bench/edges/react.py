"""`python -m bench.edges.react HOW [LINE]`: each edge of the line is written to standard output as a key, like edges.c.

HOW is `loop` (the board's edges in an event loop, as every driver has them), `process` (the same records in a process
of its own that does nothing else) or `gpiozero` (a button's callbacks). Without a line, the first two read the
kernel's records from standard input.
"""

import asyncio
import gc
import os
import select
import socket
import struct
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from devices.board.board import Edge, Line
from devices.board.chips import find_line
from devices.board.gpio import FALLING, RECORD, RECORDS_BYTES, RISING, ChipEdges, GpiodEdges
from devices.board.gpio_request import Requested, read_chips, request_lines

EVENT = struct.Struct("@llHHi")
"""`struct input_event` of <linux/input.h>."""
KEY_A, EV_SYN, EV_KEY = 30, 0, 1
SYN = EVENT.pack(0, 0, EV_SYN, 0, 0)
KEYS = tuple(EVENT.pack(0, 0, EV_KEY, KEY_A, value) + SYN for value in (0, 1))
"""Key up and key down."""
OUT = 1
KIND_AT = 8
"""The byte of a record that says whether its edge rises, on the little-endian machines of this world."""
KEY_OF = {RISING: KEYS[1], FALLING: KEYS[0]}


def ready() -> None:
    os.write(2, b"ready\n")


@dataclass(frozen=True, slots=True)
class Played:
    """Stands for a request of gpiod's."""

    fd: int = 0


def requested(line: str | None) -> Requested:
    if line is None:
        return Requested(Played(), {17: "played"})  # type: ignore[arg-type] # nobody asks for its level
    (real,) = request_lines([Line(line)])
    return real


def loop(line: str | None) -> None:
    edges = GpiodEdges([ChipEdges(requested(line))])

    def press(edge: Edge) -> None:
        os.write(OUT, KEYS[edge.active])

    async def main() -> None:
        asyncio.get_running_loop().call_soon(ready)
        await edges.listen(press)

    asyncio.run(main())


def process(line: str | None) -> None:
    """As the input process of the arcade does it: what a record says is looked up in its bytes.

    It watches a second descriptor too, as one must that the daemon wants to configure.
    """
    gc.disable()  # there are no cycles
    held = requested(line)
    descriptor = held.request.fd
    control, _daemon = socket.socketpair()
    epoll = select.epoll()
    for watched in (descriptor, control.fileno()):
        epoll.register(watched, select.EPOLLIN)
    poll, read, write, one = epoll.poll, os.read, os.write, RECORD.size
    ready()
    while True:
        for source, _ in poll():
            if source != descriptor or not (records := read(descriptor, RECORDS_BYTES)):
                return
            for start in range(0, len(records), one):
                write(OUT, KEY_OF[records[start + KIND_AT]])


def gpiozero(line: str | None) -> None:
    assert line is not None
    os.chdir(tempfile.mkdtemp())  # where lgpio leaves a FIFO
    from gpiozero import Button  # type: ignore[import-untyped] # it ships no types
    from gpiozero.pins.lgpio import LGPIOFactory  # type: ignore[import-untyped] # likewise

    chip = int(find_line(line, read_chips()).chip.path.removeprefix("/dev/gpiochip"))
    button = Button(line, pull_up=None, active_state=True, pin_factory=LGPIOFactory(chip))
    button.when_pressed = lambda: os.write(OUT, KEYS[1])
    button.when_released = lambda: os.write(OUT, KEYS[0])
    ready()
    while True:
        select.select([], [], [])


WAYS: Mapping[str, Callable[[str | None], None]] = {"loop": loop, "process": process, "gpiozero": gpiozero}

if __name__ == "__main__":
    WAYS[sys.argv[1]](sys.argv[2] if len(sys.argv) > 2 else None)
