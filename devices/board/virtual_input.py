"""Gamepads and keyboards of our own, by the kernel's uinput (Documentation/input/uinput.rst).

Its few calls are made here and not by the library evdev, of which nothing else would be used: it costs 13 MB, and needs
the right to read the new device's own file, which is that to read every keyboard.
"""

import errno
import fcntl
import os
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from io import FileIO
from pathlib import Path

from devices.board.blocking import BlockingCalls
from devices.board.board import InputIdentity
from devices.errors import HardwareMissing, NoReply

UINPUT = Path("/dev/uinput")
VIRTUAL = Path("/sys/devices/virtual/input")
UDEV = Path("/run/udev")
LOOKED_AT = "I:"
"""In its record of a device: when it first did, in µs of CLOCK_MONOTONIC."""
WITHIN_S = 5.0
UDEV_WITHIN_S = 3.0
LOOK_EVERY_S = 0.005
TOGETHER_MOST = 8
"""So many are plugged in one after the other: four players and a keyboard, and what others plug in meanwhile."""
EV_KEY, EV_ABS = 1, 3

# Of <linux/uinput.h>.
UI_DEV_CREATE = 0x5501
UI_DEV_DESTROY = 0x5502
UI_GET_SYSNAME = 0x8040552C
SYSNAME_BYTES = 64
UI_DEV_SETUP = 0x405C5503
UI_ABS_SETUP = 0x401C5504
UI_SET_EVBIT = 0x40045564
UI_SET_KEYBIT = 0x40045565
SETUP = struct.Struct("@HHHH80sI")
"""`struct uinput_setup`: bus, vendor, product, version, name, and how many effects of force feedback."""
ABS_SETUP = struct.Struct("@H2xiiiiii")
"""`struct uinput_abs_setup`: axis; its value, minimum, maximum, fuzz, flat and resolution."""


class UinputDevices:
    """All that one program plugs in. Games see it in the order in which it was plugged in."""

    def __init__(self, calls: BlockingCalls) -> None:
        self._calls = calls
        self._plugged = 0

    @asynccontextmanager
    async def plugged_in(self, identity: InputIdentity) -> AsyncIterator[int]:
        """One of them; errors as in `Board.virtual_input`."""
        work = partial(_plug_in, identity, is_first=not self._plugged)
        uinput = await self._calls.run(identity.name, work, deadline_s=WITHIN_S, discard=_pull_out)
        self._plugged += 1
        try:
            yield uinput.fileno()
        finally:
            self._plugged -= 1
            try:
                # The kernel waits for all who look at it.
                with suppress(NoReply):
                    await self._calls.run(f"removing {identity.name}", partial(_pull_out, uinput), deadline_s=WITHIN_S)
            finally:
                _pull_out(uinput)


def _plug_in(identity: InputIdentity, *, is_first: bool) -> FileIO:
    """Blocks."""
    try:
        uinput = FileIO(UINPUT, "wb", opener=_open)
    except OSError as error:
        raise _refused(error) from error
    try:
        since_us = _create(uinput, identity)
        while is_first and _is_cramped(_number(uinput)):
            fcntl.ioctl(uinput, UI_DEV_DESTROY)
            since_us = _create(uinput, identity)
        _wait_for_udev(_number(uinput), since_us)
    except OSError as error:
        uinput.close()
        raise HardwareMissing(f"the kernel refuses the input device {identity.name}: {error}") from error
    return uinput


def _open(path: str, flags: int) -> int:
    return os.open(path, flags & os.O_ACCMODE | os.O_NONBLOCK | os.O_CLOEXEC)


def _create(uinput: FileIO, identity: InputIdentity) -> int:
    """When it was not there yet, in µs of CLOCK_MONOTONIC."""
    since_us = time.monotonic_ns() // 1000
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
    return since_us


def _number(uinput: FileIO) -> int:
    """The kernel's; it counts up and uses none twice."""
    name = fcntl.ioctl(uinput, UI_GET_SYSNAME, bytes(SYSNAME_BYTES))
    return int(name.rstrip(b"\0").removeprefix(b"input"))


def _is_cramped(number: int) -> bool:
    """Whether the next numbers have more digits: udev tells games of input10 before it tells them of input9."""
    return len(str(number)) < len(str(number + TOGETHER_MOST))


def _wait_for_udev(number: int, since_us: int) -> None:
    """Games that run already hear of devices when udev has looked at them, and it looks at several at once."""
    deadline_s = time.monotonic() + UDEV_WITHIN_S
    while (UDEV / "control").exists() and not _is_known_to_udev(number, since_us):
        if time.monotonic() > deadline_s:
            return
        time.sleep(LOOK_EVERY_S)


def _is_known_to_udev(number: int, since_us: int) -> bool:
    """Its file is there, and udev's record of it is newer than the last device that had the same file."""
    with suppress(FileNotFoundError):
        for file in (VIRTUAL / f"input{number}").glob("event*/dev"):
            for line in (UDEV / f"data/c{file.read_text().strip()}").read_text().splitlines():
                if line.startswith(LOOKED_AT) and int(line.removeprefix(LOOKED_AT)) >= since_us:
                    return True
    return False


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
