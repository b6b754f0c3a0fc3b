"""The kernel's sensor drivers as files, below /sys or a tree of the same shape."""

import errno
import os
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from devices.board.blocking import BlockingCalls
from devices.board.board import Sysfs
from devices.board.sysfs_search import find_device
from devices.errors import AlcolabError, DeviceOffline, HardwareMissing

ATTRIBUTE_MOST = 4096
"""Bytes; the kernel gives no attribute more than a page."""
FIND_WITHIN_S = 5.0

ADVICE = {
    errno.EIO: "the sensor does not answer: check its wiring and power",
    errno.EREMOTEIO: "the sensor does not answer on its bus: check its wiring, power and address",
    errno.ETIMEDOUT: "the sensor does not answer: check its wiring and power",
    errno.ENODEV: "the driver has lost the sensor: plug it in again",
    errno.ENXIO: "the driver has lost the sensor: plug it in again",
    errno.EAGAIN: "the driver has no value yet",
    errno.EBUSY: "another program is using the sensor",
    errno.EISDIR: "this is a folder, not an attribute",
}


class SysfsTree(Sysfs):
    """Sensors below `root`, read in threads so that a driver that blocks stops nobody."""

    def __init__(self, root: Path, calls: BlockingCalls) -> None:
        self._root = root
        self._calls = calls

    async def find(self, subsystem: str, name: str, *, at: str | None = None) -> Path:
        wanted = f"{name} at {at}" if at else name
        search = partial(find_device, self._root, subsystem, name, at)
        return await self._calls.run(f"the search for {subsystem} {wanted}", search, deadline_s=FIND_WITHIN_S)

    async def read(self, attribute: Path, *, deadline_s: float = 5.0) -> str:
        path = str(attribute)
        return await self._calls.run(path, partial(_read, path), deadline_s=deadline_s)

    async def write(self, attribute: Path, text: str, *, deadline_s: float = 5.0) -> None:
        path = str(attribute)
        await self._calls.run(path, partial(_write, path, text), deadline_s=deadline_s)


def _read(path: str) -> str:
    """Three system calls and nothing else: a node does this hundreds of times a second."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.read(descriptor, ATTRIBUTE_MOST).decode(errors="replace")
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _explained(Path(path), error) from error


def _write(path: str, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno in {errno.EINVAL, errno.ERANGE}:
            raise DeviceOffline(f"{path}: the driver does not take {text!r}{_choices(Path(path))}") from error
        raise _explained(Path(path), error) from error


def _explained(attribute: Path, error: OSError) -> AlcolabError:
    if isinstance(error, FileNotFoundError):
        return DeviceOffline(_missing(attribute))
    if isinstance(error, PermissionError):
        return HardwareMissing(f"this user may not open {attribute}: `alcolab doctor` tells which group is missing")
    return DeviceOffline(f"{attribute}: {ADVICE.get(error.errno or 0, error.strerror)}")


def _missing(attribute: Path) -> str:
    try:
        there = sorted(entry.name for entry in attribute.parent.iterdir() if entry.is_file())
    except OSError:
        return f"{attribute.parent} is gone: plug the sensor in again"
    close = get_close_matches(attribute.name, there, n=1)
    hint = f"did you mean {close[0]}?" if close else f"it has {', '.join(there) or 'none'}"
    return f"{attribute.parent} has no attribute {attribute.name}; {hint}"


def _choices(attribute: Path) -> str:
    """What the driver takes, where it says so: `in_voltage_scale_available` explains `in_voltage0_scale`."""
    quantity = attribute.name.rpartition("_")[2]
    for listing in sorted(attribute.parent.glob(f"*{quantity}_available")):
        return f"; it takes {listing.read_text().strip()}"
    return ""
