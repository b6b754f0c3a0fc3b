"""Serial ports: opened by pyserial in a thread, then read and written on their descriptor in the event loop.

There is no buffer of ours: the kernel's is bounded, and what nobody reads in time is lost there as on any UART.
"""

import asyncio
import errno
import io
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from devices.board.blocking import BlockingCalls
from devices.board.board import Serial
from devices.errors import AlcolabError, DeviceOffline, HardwareMissing, LineBusy, NoReply

if TYPE_CHECKING:
    from serial import SerialBase

OPEN_WITHIN_S = 10.0
CLOSE_WITHIN_S = 2.0
WRITE_WITHIN_S = 1.0
READ_MOST = 4096
KEEP_ALIVE = {socket.TCP_KEEPIDLE: 30, socket.TCP_KEEPINTVL: 10, socket.TCP_KEEPCNT: 3}
"""Seconds, seconds and tries after which a network port whose other side lost its power counts as unplugged."""

Result = TypeVar("Result")


class SerialPort(Serial):
    """An open port. `name` is what the configuration calls it, for messages."""

    def __init__(self, name: str, descriptor: int) -> None:
        self._name = name
        self._descriptor = descriptor
        self._reading = asyncio.Lock()
        self._writing = asyncio.Lock()

    async def read(self) -> bytes:
        loop = asyncio.get_running_loop()
        async with self._reading:
            while (data := self._unless_blocking(partial(os.read, self._descriptor, READ_MOST))) is None:
                await _ready(self._descriptor, loop.add_reader, loop.remove_reader)
        if not data:
            raise self._unplugged()
        return data

    async def write(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        left = memoryview(data)
        try:
            async with asyncio.timeout(WRITE_WITHIN_S), self._writing:
                while left:
                    written = self._unless_blocking(partial(os.write, self._descriptor, left))
                    if written is None:
                        await _ready(self._descriptor, loop.add_writer, loop.remove_writer)
                    else:
                        left = left[written:]
        except TimeoutError:
            sent = len(data) - len(left)
            raise NoReply(f"{self._name} took only {sent} of {len(data)} bytes within a second") from None

    def _unless_blocking(self, system_call: Callable[[], Result]) -> Result | None:
        """What the system call gives; None when it would have to wait."""
        try:
            return system_call()
        except BlockingIOError:
            return None
        except OSError as error:
            raise self._unplugged() from error

    def _unplugged(self) -> DeviceOffline:
        return DeviceOffline(f"{self._name} was unplugged or closed by the other side: check the cable")


async def _ready(descriptor: int, add: Callable[..., Any], remove: Callable[[int], Any]) -> None:
    """Wait until the descriptor can be read (or written) without blocking."""
    ready = asyncio.Event()
    add(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        remove(descriptor)


@asynccontextmanager
async def open_serial(place: str, baudrate: int, calls: BlockingCalls, *, name: str) -> AsyncIterator[SerialPort]:
    """The port `name`, which is opened at `place`, a device path or pyserial URL; errors as in `Board.serial`."""
    opened, descriptor = await calls.run(
        name,
        partial(_open, place, baudrate, name),
        deadline_s=OPEN_WITHIN_S,
        discard=lambda late: late[0].close(),
    )
    try:
        yield SerialPort(name, descriptor)
    finally:
        # What was written last may still be on its way out. If it cannot leave, the thread is left behind and has
        # been reported; the reason why we close must not be hidden by that.
        with suppress(NoReply):
            await calls.run(f"closing {name}", opened.close, deadline_s=CLOSE_WITHIN_S)


def _open(place: str, baudrate: int, name: str) -> "tuple[SerialBase, int]":
    import serial

    try:
        # An inter-byte timeout of 0 sets VMIN to 1: only so does reading nothing mean "unplugged", not "nothing yet".
        opened = serial.serial_for_url(place, baudrate, timeout=0, exclusive=True, inter_byte_timeout=0)
    except (OSError, ValueError) as error:
        raise _explained(name, error) from error
    try:
        descriptor = opened.fileno()
    except io.UnsupportedOperation as error:
        opened.close()
        raise HardwareMissing(f"{name} cannot be waited for: use a device path or socket://HOST:PORT") from error
    if place.startswith("socket:"):
        _keep_alive(descriptor)
    return opened, descriptor


def _keep_alive(descriptor: int) -> None:
    with socket.socket(fileno=os.dup(descriptor)) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in KEEP_ALIVE.items():
            connection.setsockopt(socket.IPPROTO_TCP, option, value)


def _explained(name: str, error: OSError | ValueError) -> AlcolabError:
    """An OSError of pyserial bears a number where the kernel gave one; a ValueError is a bad URL."""
    if isinstance(error, ValueError):
        return HardwareMissing(f"{name} is no serial port: {error}")
    match error.errno:
        case errno.ENOENT:
            return HardwareMissing(f"there is no {name}{_others()}: plug it in, or let `alcolab doctor` check its rule")
        case errno.EACCES | errno.EPERM:
            return HardwareMissing(f"this user may not open {name}: add the user to the group dialout")
        case errno.EAGAIN | errno.EBUSY:
            return LineBusy(f"{name} is held by another program: `fuser -v {name}` names it")
    return DeviceOffline(f"{name} does not open: {error}")


def _others() -> str:
    from serial.tools.list_ports import comports

    there = ", ".join(sorted(port.device for port in comports()))
    return f" (there is {there})" if there else ""
