"""Serial ports: opened by pyserial in a thread, then read and written on their descriptor in the event loop.

The kernel's own buffer is the bounded one: what nobody reads in time is lost there, as on any UART.
"""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from devices.board.blocking import BlockingCalls
from devices.board.board import Serial
from devices.errors import AlcolabError, DeviceOffline, HardwareMissing, LineBusy, NoReply

if TYPE_CHECKING:
    from serial import SerialBase

OPEN_WITHIN_S = 10.0
CLOSE_WITHIN_S = 10.0
WRITE_WITHIN_S = 1.0
READ_MOST = 4096


class SerialPort(Serial):
    """An open port. `name` is the port as the configuration calls it, for messages."""

    def __init__(self, name: str, descriptor: int) -> None:
        self._name = name
        self._descriptor = descriptor
        self._reading = asyncio.Lock()
        self._writing = asyncio.Lock()

    async def read(self) -> bytes:
        loop = asyncio.get_running_loop()
        async with self._reading:
            while (data := self._attempt(os.read, READ_MOST)) is None:
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
                    if (written := self._attempt(os.write, left)) is None:
                        await _ready(self._descriptor, loop.add_writer, loop.remove_writer)
                    else:
                        left = left[written:]
        except TimeoutError:
            raise NoReply(f"{self._name} took {len(data) - len(left)} of {len(data)} bytes within a second") from None

    def _attempt(self, system_call: Callable[[int, Any], Any], argument: Any) -> Any:
        """What the system call gives; None when it would have to wait."""
        try:
            return system_call(self._descriptor, argument)
        except BlockingIOError:
            return None
        except OSError as error:
            raise self._unplugged() from error

    def _unplugged(self) -> DeviceOffline:
        return DeviceOffline(f"{self._name} was unplugged, or closed by the other side: check the cable")


async def _ready(descriptor: int, add: Callable[..., Any], remove: Callable[[int], Any]) -> None:
    """Wait until the descriptor can be read (or written) without waiting."""
    ready = asyncio.Event()
    add(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        remove(descriptor)


@asynccontextmanager
async def open_serial(port: str, baudrate: int, calls: BlockingCalls, *, name: str) -> AsyncIterator[SerialPort]:
    """Open a device path or pyserial URL; errors as in `Board.serial`."""
    opened = await calls.run(
        name, partial(_open, port, baudrate, name), deadline_s=OPEN_WITHIN_S, discard=lambda late: late.close()
    )
    try:
        yield SerialPort(name, opened.fileno())
    finally:
        await calls.run(f"closing {name}", opened.close, deadline_s=CLOSE_WITHIN_S)


def _open(port: str, baudrate: int, name: str) -> "SerialBase":
    import serial

    try:
        # An inter-byte timeout of 0 sets VMIN to 1: only so does reading nothing mean "unplugged", not "nothing yet".
        opened: SerialBase = serial.serial_for_url(port, baudrate, timeout=0, exclusive=True, inter_byte_timeout=0)
    except (OSError, ValueError) as error:
        raise _explained(name, error) from error
    if not hasattr(opened, "fileno"):
        opened.close()
        raise HardwareMissing(f"{name} has no descriptor to wait for: use a device path or socket://HOST:PORT")
    return opened


def _explained(name: str, error: OSError | ValueError) -> AlcolabError:
    code = error.errno if isinstance(error, OSError) else None
    match code:
        case errno.ENOENT:
            return HardwareMissing(
                f"there is no {name}{_ports()}: plug it in, or check its udev rule (`alcolab doctor`)"
            )
        case errno.EACCES | errno.EPERM:
            return HardwareMissing(f"{name} may not be opened by this user: add the user to the group dialout")
        case errno.EAGAIN | errno.EBUSY:
            return LineBusy(f"{name} is held by another program: `fuser -v {name}` names it")
        case None if isinstance(error, ValueError):
            return HardwareMissing(f"{name} cannot be opened: {error}")
    return DeviceOffline(f"{name} does not open: {error}")


def _ports() -> str:
    from serial.tools.list_ports import comports

    there = ", ".join(sorted(port.device for port in comports()))
    return f" (there is {there})" if there else ""
