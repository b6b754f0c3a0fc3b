"""`python -m bench.edges.react HOW LINE`: each edge of the line is written to standard output as a key, like edges.c.

HOW is `loop` (the board's edges in an event loop, as every driver has them), `process` (the same records in a process
of its own that does nothing else) or `gpiozero` (a button's callbacks).
"""

import asyncio
import os
import select
import struct
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from devices.board.board import Edge, Line
from devices.board.chips import find_line
from devices.board.gpio_request import read_chips, request_lines
from devices.board.pi import PiBoard

EVENT = struct.Struct("@llHHi")
"""`struct input_event` of <linux/input.h>."""
KEY_A, EV_SYN, EV_KEY = 30, 0, 1
SYN = EVENT.pack(0, 0, EV_SYN, 0, 0)
KEYS = tuple(EVENT.pack(0, 0, EV_KEY, KEY_A, value) + SYN for value in (0, 1))
"""Key up and key down."""
OUT = 1


def ready() -> None:
    os.write(2, b"ready\n")


def loop(line: str) -> None:
    def press(edge: Edge) -> None:
        os.write(OUT, KEYS[edge.active])

    async def main() -> None:
        async with PiBoard(Path(tempfile.gettempdir())).edges([Line(line)]) as edges:
            ready()
            await edges.listen(press)

    asyncio.run(main())


def process(line: str) -> None:
    from devices.board.gpio import RECORD, RECORDS_BYTES, RISING

    (requested,) = request_lines([Line(line)])
    descriptor = requested.request.fd
    epoll = select.epoll()
    epoll.register(descriptor, select.EPOLLIN)
    ready()
    while True:
        epoll.poll()
        for _, kind, *_ in RECORD.iter_unpack(os.read(descriptor, RECORDS_BYTES)):
            os.write(OUT, KEYS[kind == RISING])


def gpiozero(line: str) -> None:
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


WAYS: Mapping[str, Callable[[str], None]] = {"loop": loop, "process": process, "gpiozero": gpiozero}

if __name__ == "__main__":
    WAYS[sys.argv[1]](sys.argv[2])
