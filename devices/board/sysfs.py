"""The kernel's sensor drivers as files, below /sys or a tree of the same shape."""

import errno
import os
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import NoReturn

from devices.board.blocking import BlockingCalls
from devices.board.board import Sysfs
from devices.errors import DeviceOffline, HardwareMissing

FOLDERS = {"iio": "bus/iio/devices", "hwmon": "class/hwmon", "w1": "bus/w1/devices"}
ATTRIBUTE_MOST = 4096
"""Bytes; the kernel gives no attribute more than a page."""
FIND_WITHIN_S = 5.0

ADVICE = {
    errno.EIO: "the sensor does not answer: check its wiring and power",
    errno.EREMOTEIO: "the sensor does not answer on the bus: check its wiring, power and address",
    errno.ETIMEDOUT: "the sensor does not answer: check its wiring and power",
    errno.ENODEV: "the driver has lost the sensor: plug it in again",
    errno.ENXIO: "the driver has lost the sensor: plug it in again",
    errno.EAGAIN: "the driver has no value yet",
    errno.EBUSY: "another program is using the sensor",
    errno.EINVAL: "the driver does not take this value",
}


class SysfsTree(Sysfs):
    """Sensors below `root`, read in threads so that a driver that blocks stops nobody."""

    def __init__(self, root: Path, calls: BlockingCalls) -> None:
        self._root = root
        self._calls = calls

    async def find(self, subsystem: str, name: str, *, at: str | None = None) -> Path:
        work = partial(_find, self._root, subsystem, name, at)
        return await self._calls.run(f"{subsystem} {name} {at or ''}", work, deadline_s=FIND_WITHIN_S)

    async def read(self, attribute: Path, *, deadline_s: float = 5.0) -> str:
        path = str(attribute)
        return await self._calls.run(path, partial(_read, path), deadline_s=deadline_s)

    async def write(self, attribute: Path, text: str, *, deadline_s: float = 5.0) -> None:
        path = str(attribute)
        await self._calls.run(path, partial(_write, path, text), deadline_s=deadline_s)


def _read(path: str) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.read(descriptor, ATTRIBUTE_MOST).decode(errors="replace")
        finally:
            os.close(descriptor)
    except OSError as error:
        _raise_offline(path, error)


def _write(path: str, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)
    except OSError as error:
        _raise_offline(path, error, text)


def _raise_offline(path: str, error: OSError, written: str | None = None) -> NoReturn:
    attribute = Path(path)
    if error.errno == errno.ENOENT:
        raise DeviceOffline(_missing(attribute)) from error
    if isinstance(error, PermissionError):
        action = "read" if written is None else "written"
        raise HardwareMissing(f"{path} may not be {action} by this user: `alcolab doctor` says how") from error
    advice = ADVICE.get(error.errno or 0, error.strerror or "the driver gave an error")
    if written is not None and error.errno == errno.EINVAL:
        advice = f"the driver does not take {written!r}{_available(attribute)}"
    raise DeviceOffline(f"{path}: {advice}") from error


def _missing(attribute: Path) -> str:
    folder = attribute.parent
    if not folder.is_dir():
        return f"{folder} is gone: plug the sensor in again"
    there = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    close = get_close_matches(attribute.name, there, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"{folder} has no attribute {attribute.name}{hint} It has: {', '.join(there) or 'none'}"


def _available(attribute: Path) -> str:
    """What the driver takes, where it says so: `in_voltage0_scale` is explained by `in_voltage_scale_available`."""
    quantity = attribute.name.rpartition("_")[2]
    for listing in sorted(attribute.parent.glob(f"*{quantity}_available")):
        return f"; it takes: {listing.read_text().strip()}"
    return ""


def _find(root: Path, subsystem: str, name: str, at: str | None) -> Path:
    devices = {folder: _name(folder) for folder in _folders(root / FOLDERS[subsystem])}
    named = [folder for folder, found in devices.items() if found == name or folder.name == name]
    chosen = [folder for folder in named if at is None or at in _parents(root, folder)]
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        places = ", ".join(_place(root, folder) for folder in chosen)
        raise DeviceOffline(f"{len(chosen)} {subsystem} devices are called {name}: {places}; choose one by `at`")
    wanted = f"{name} at {at}" if at else name
    there = ", ".join(f"{found} at {_place(root, folder)}" for folder, found in devices.items()) or "nothing"
    raise DeviceOffline(f"no {subsystem} device is called {wanted}; there is: {there}. {_how_to_add(subsystem, name)}")


def _folders(parent: Path) -> Iterable[Path]:
    return sorted(entry for entry in parent.iterdir() if entry.is_dir()) if parent.is_dir() else ()


def _name(folder: Path) -> str:
    """What the driver calls the device; a w1 slave of a plain tree may have no `name` beside its folder's."""
    try:
        return (folder / "name").read_text().strip()
    except OSError:
        return folder.name


def _parents(root: Path, folder: Path) -> Iterator[str]:
    """Names of the devices that this one hangs on."""
    top = root.resolve()
    for parent in folder.resolve().parents:
        if parent == top:
            break
        yield parent.name
    if (folder / "device").is_dir():
        yield (folder / "device").resolve().name
    for pattern in ("iio:device*", "hwmon*", "hwmon/hwmon*"):
        for listed in root.glob(f"bus/i2c/devices/*/{pattern}"):
            if listed.name == folder.name:
                yield listed.relative_to(root / "bus/i2c/devices").parts[0]


def _place(root: Path, folder: Path) -> str:
    """The parent that `at` would name best: the nearest one that is not a mere class folder."""
    plain = {"devices", "hwmon", "iio", "bus", "class", "w1"}
    return next((parent for parent in _parents(root, folder) if parent not in plain), folder.name)


def _how_to_add(subsystem: str, name: str) -> str:
    overlay = "w1-gpio" if subsystem == "w1" else f"i2c-sensor,{name}"
    return (
        f"Check the wiring, and `dtoverlay={overlay}` (or the sensor's own overlay) in config.txt; "
        "`alcolab doctor` tells what is missing"
    )
