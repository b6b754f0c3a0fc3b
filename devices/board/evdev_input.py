"""Input devices of a real Pi: found in sysfs, opened and grabbed by evdev in a thread, then read by their records."""

import errno
import fcntl
import struct
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from devices.board.blocking import BlockingCalls
from devices.board.holders import holders_of
from devices.board.input_records import RecordedInput
from devices.errors import AlcolabError, HardwareMissing, LineBusy, NoReply

if TYPE_CHECKING:
    from evdev import InputDevice

OPEN_WITHIN_S = 5.0
CLOSE_WITHIN_S = 2.0
EVIOCSCLOCKID = 0x400445A0
"""Of <linux/input.h>: the clock that records tell the time by."""
SYSFS = Path("/sys/class/input")
DEVICES = Path("/dev/input")


@asynccontextmanager
async def evdev_input(device: str, calls: BlockingCalls) -> AsyncIterator[RecordedInput]:
    """Hold this device; errors as in `Board.input_device`."""
    grabbed = await calls.run(
        device, partial(_grab, device), deadline_s=OPEN_WITHIN_S, discard=lambda late: late.close()
    )
    try:
        held = RecordedInput(device, grabbed.fd, grabbed.active_keys)
        try:
            yield held
        finally:
            held.close()
    finally:
        # The kernel lets go of a USB device in its own time.
        with suppress(NoReply):
            await calls.run(f"closing {device}", grabbed.close, deadline_s=CLOSE_WITHIN_S)


def _grab(device: str) -> "InputDevice[str]":
    """Open it with CLOCK_MONOTONIC and for ourselves alone; blocks."""
    evdev = _evdev()
    path = _find(device)
    try:
        opened: InputDevice[str] = evdev.InputDevice(path)
    except OSError as error:
        raise _refused(device, path, error) from error
    try:
        fcntl.ioctl(opened.fd, EVIOCSCLOCKID, struct.pack("@i", time.CLOCK_MONOTONIC))
        opened.grab()
    except OSError as error:
        opened.close()  # or else we would be among those who have it open
        raise _refused(device, path, error) from error
    return opened


def _find(device: str) -> str:
    """Its path; a name is looked up in sysfs, where that takes no right and wakes no device."""
    if device.startswith("/"):
        return device
    paths = [path for path, name in _names().items() if name == device]
    if len(paths) > 1:
        raise HardwareMissing(f"{len(paths)} input devices are called {device}: name one by its path; {_there()}")
    if not paths:
        raise _absent(device)
    return paths[0]


def _names() -> Mapping[str, str]:
    """What the kernel calls each input device, by its path."""
    names: dict[str, str] = {}
    for folder in sorted(SYSFS.glob("event*")):
        with suppress(OSError):  # it has just gone away
            names[str(DEVICES / folder.name)] = (folder / "device/name").read_text().strip()
    return names


def _there() -> str:
    """What there is, each with the paths that stay the same when it is plugged in again, where it has some."""
    lasting = [(str(link), str(link.resolve())) for link in sorted(DEVICES.glob("by-*/*"))]
    found = [
        f"{name} ({', '.join([link for link, target in lasting if target == path] or [path])})"
        for path, name in _names().items()
    ]
    return f"there is: {', '.join(found) or 'nothing'}"


def _absent(device: str) -> HardwareMissing:
    return HardwareMissing(f"there is no input device {device}: plug it in; {_there()}")


def _refused(device: str, path: str, error: OSError) -> AlcolabError:
    match error.errno:
        case errno.EBUSY:
            return LineBusy(f"{device} is held by {_holder(path)}: stop that program")
        case errno.ENOENT | errno.ENODEV | errno.ENXIO:
            return _absent(device)
        case errno.EACCES | errno.EPERM:
            return HardwareMissing(f"this user may not open {device}: add the user to the group input")
    return HardwareMissing(f"{device} is no device whose keys can be read ({error.strerror}); {_there()}")


def _holder(path: str) -> str:
    """The kernel does not say who grabbed it, only who has it open."""
    return " or ".join(holders_of(Path(path))) or f"another program (`sudo fuser -v {path}` names it)"


def _evdev() -> ModuleType:
    try:
        import evdev
    except ImportError as error:
        raise HardwareMissing("the library evdev is missing here: `apt install python3-evdev`") from error
    return evdev
