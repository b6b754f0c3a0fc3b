"""Gamepads and keyboards of our own, by the kernel's uinput (Documentation/input/uinput.rst).

Its few calls are made here and not by the library evdev, of which nothing else would be used: it costs 13 MB, waits
until the new device's own file can be opened, and needs the right to read it, which is that to read every keyboard.
"""

import errno
import fcntl
import os
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from io import FileIO
from pathlib import Path

from devices.board.blocking import BlockingCalls
from devices.board.board import InputIdentity
from devices.errors import HardwareMissing, NoReply

UINPUT = Path("/dev/uinput")
WITHIN_S = 5.0
EV_KEY, EV_ABS = 1, 3

# Of <linux/uinput.h>.
UI_DEV_CREATE = 0x5501
UI_DEV_DESTROY = 0x5502
UI_DEV_SETUP = 0x405C5503
UI_ABS_SETUP = 0x401C5504
UI_SET_EVBIT = 0x40045564
UI_SET_KEYBIT = 0x40045565
SETUP = struct.Struct("@HHHH80sI")
"""`struct uinput_setup`: bus, vendor, product, version, name, and how many effects of force feedback."""
ABS_SETUP = struct.Struct("@H2xiiiiii")
"""`struct uinput_abs_setup`: axis; its value, minimum, maximum, fuzz, flat and resolution."""


@asynccontextmanager
async def uinput_device(identity: InputIdentity, calls: BlockingCalls) -> AsyncIterator[int]:
    """Plug it in; errors as in `Board.virtual_input`."""
    plugged = await calls.run(identity.name, partial(_plug_in, identity), deadline_s=WITHIN_S, discard=_pull_out)
    try:
        yield plugged.fileno()
    finally:
        try:
            # The kernel waits for all who look at it.
            with suppress(NoReply):
                await calls.run(f"removing {identity.name}", partial(_pull_out, plugged), deadline_s=WITHIN_S)
        finally:
            _pull_out(plugged)


def _plug_in(identity: InputIdentity) -> FileIO:
    """Blocks."""
    try:
        uinput = FileIO(UINPUT, "wb", opener=_open)
    except OSError as error:
        raise _refused(error) from error
    try:
        _describe(uinput, identity)
    except OSError as error:
        uinput.close()
        raise HardwareMissing(f"the kernel refuses the input device {identity.name}: {error}") from error
    return uinput


def _open(path: str, flags: int) -> int:
    return os.open(path, flags & os.O_ACCMODE | os.O_NONBLOCK | os.O_CLOEXEC)


def _describe(uinput: FileIO, identity: InputIdentity) -> None:
    for kind, codes in ((EV_KEY, identity.keys), (EV_ABS, identity.axes)):
        if codes:
            fcntl.ioctl(uinput, UI_SET_EVBIT, kind)
    for key in identity.keys:
        fcntl.ioctl(uinput, UI_SET_KEYBIT, key)
    for axis, (least, most) in identity.axes.items():
        fcntl.ioctl(uinput, UI_ABS_SETUP, ABS_SETUP.pack(axis, 0, least, most, 0, 0, 0))
    numbers = (identity.bus, identity.vendor, identity.product, identity.version)
    fcntl.ioctl(uinput, UI_DEV_SETUP, SETUP.pack(*numbers, identity.name.encode(), 0))
    fcntl.ioctl(uinput, UI_DEV_CREATE)


def _pull_out(uinput: FileIO) -> None:
    """Whoever else has a copy of the descriptor: the device is gone, and the kernel has let go of its keys. Blocks."""
    if not uinput.closed:
        with uinput, suppress(OSError):
            fcntl.ioctl(uinput, UI_DEV_DESTROY)


def _refused(error: OSError) -> HardwareMissing:
    match error.errno:
        case errno.EACCES | errno.EPERM:
            todo = "install systemd/alcolab.rules of this repository and add the user to the group input"
            return HardwareMissing(f"this user may not open {UINPUT}: {todo}")
        case errno.ENOENT | errno.ENODEV | errno.ENXIO:
            todo = "`modprobe uinput`, and `uinput` in /etc/modules-load.d/alcolab.conf for the next start"
            return HardwareMissing(f"there is no {UINPUT}: {todo}")
    return HardwareMissing(f"{UINPUT} cannot be opened: {error.strerror}")
