"""Finding a sensor below /sys by the name that its driver gives it, never by a number that a reboot may change."""

from collections.abc import Iterator
from pathlib import Path

from devices.errors import DeviceOffline

FOLDERS = {"iio": "bus/iio/devices", "hwmon": "class/hwmon", "w1": "bus/w1/devices"}
I2C = "bus/i2c/devices"
STRUCTURE = frozenset({"bus", "class", "devices", "hwmon", "i2c", "iio", "w1"})
"""Folders of sysfs that are no devices."""


def find_device(root: Path, subsystem: str, name: str, at: str | None) -> Path:
    """As `Sysfs.find`; blocks."""
    try:
        return _find(root, subsystem, name, at)
    except OSError as error:
        raise DeviceOffline(f"a {subsystem} device went away while {name} was looked for: {error}") from error


def _find(root: Path, subsystem: str, name: str, at: str | None) -> Path:
    parent = root / FOLDERS[subsystem]
    folders = sorted(entry for entry in parent.iterdir() if entry.is_dir()) if parent.is_dir() else []
    devices = {folder: _name(subsystem, folder) for folder in folders}
    named = [folder for folder, found in devices.items() if found == name]
    chosen = [folder for folder in named if at is None or at in _hangs_on(root, folder)]
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        places = ", ".join(_place(root, folder) for folder in chosen)
        raise DeviceOffline(f"{len(chosen)} {subsystem} devices are called {name}: choose one by `at`: {places}")
    there = ", ".join(f"{found} at {_place(root, folder)}" for folder, found in devices.items()) or "none"
    wanted = f"{name} at {at}" if at else name
    raise DeviceOffline(f"there is no {subsystem} device {wanted}, only: {there}. {_how_to_add(subsystem, name)}")


def _name(subsystem: str, folder: Path) -> str:
    """What the driver calls it. A 1-Wire slave's folder bears its number; others are numbered as they come."""
    if subsystem == "w1":
        return folder.name
    try:
        return (folder / "name").read_text().strip()
    except OSError:
        return ""


def _hangs_on(root: Path, folder: Path) -> Iterator[str]:
    """The names of the devices that this one hangs on, the nearest first.

    In the kernel's tree the folder is a link into `devices/`, where parents contain their children. A tree of plain
    folders may instead hold a `device` link, or list the device once more below its I²C address.
    """
    top = root.resolve()
    for parent in folder.resolve().parents:
        if parent != top and parent.is_relative_to(top) and parent.name not in STRUCTURE:
            yield parent.name
    if (folder / "device").is_dir():
        yield (folder / "device").resolve().name
    for pattern in ("iio:device*", "hwmon*", "hwmon/hwmon*"):
        for listed in (root / I2C).glob(f"*/{pattern}"):
            if listed.name == folder.name:
                yield listed.relative_to(root / I2C).parts[0]


def _place(root: Path, folder: Path) -> str:
    return next(_hangs_on(root, folder), folder.name)


def _how_to_add(subsystem: str, name: str) -> str:
    overlay = "w1-gpio" if subsystem == "w1" else f"i2c-sensor,{name}"
    return (
        f"Check the wiring, and `dtoverlay={overlay}` (or the sensor's own overlay) in config.txt; "
        "`alcolab doctor` tells what is missing"
    )
