"""The machine itself: Python, clock, disk, power, and the settings of the Raspberry Pi."""

import os
import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement

from devices.board.clock import SystemClock
from hub.doctor.finding import Finding, good, missing, warning
from hub.state import state_folder

DISK_NEEDED = 200_000_000
"""Bytes: two full outboxes of the default size."""
BOOT_SETTINGS = ("boot/firmware/config.txt", "boot/config.txt")
THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"
UNDER_VOLTAGE = 0x1_0001
"""`vcgencmd get_throttled`: bit 0 is now, bit 16 since the start."""


def examined(root: Path) -> Iterator[Finding]:
    yield _model(root)
    yield _packages()
    yield _clock()
    yield _disk()
    yield from _power(root)
    yield from _released_outputs(root)


def _model(root: Path) -> Finding:
    model = root / "proc/device-tree/model"
    name = model.read_text(errors="replace").strip("\0\n") if model.exists() else "not a Raspberry Pi"
    return good("machine", f"{name}, {platform.machine()}, Python {platform.python_version()}")


def _packages() -> Finding:
    """Everything that pyproject.toml asks for, at the version that it asks for."""
    wrong = []
    for line in requires("alcolab") or []:
        wanted = Requirement(line)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        try:
            if not wanted.specifier.contains(found := version(wanted.name), prereleases=True):
                wrong.append(f"{wanted.name} {found} instead of {wanted.specifier}")
        except PackageNotFoundError:
            wrong.append(f"{wanted.name} is not installed")
    if wrong:
        return missing("packages", "; ".join(wrong), "make install")
    return good("packages", "all that is needed")


def _clock() -> Finding:
    now = SystemClock().now()
    if now.trusted:
        return good("clock", f"{now.rfc3339()}, trusted")
    advice = "readings are kept and corrected later; check the network and `timedatectl status`, or add a clock module"
    return warning("clock", f"{now.rfc3339()}, not synchronised", advice)


def _disk() -> Finding:
    folder = state_folder()
    if not os.access(folder, os.W_OK):
        return missing("disk", f"{folder} cannot be written", f"chown it to the user that runs alcolab: {folder}")
    free = shutil.disk_usage(folder).free
    found = f"{free / 1e9:.1f} GB free in {folder}"
    if free < DISK_NEEDED:
        return missing("disk", found, "make room: `sudo apt-get clean`, `sudo journalctl --vacuum-size=100M`")
    return good("disk", found)


def _power(root: Path) -> Iterator[Finding]:
    throttled = root / THROTTLED
    if throttled.exists():
        if int(throttled.read_text().strip() or "0", 16) & UNDER_VOLTAGE:
            yield warning(
                "power", "too low a voltage since the start", "use the Pi's own power supply and a short cable"
            )
        else:
            yield good("power", "voltage was never too low")


def outputs_are_released(root: Path) -> bool | None:
    """Whether an output is let go when its program dies; None where there is no config.txt, as on other machines.

    Raspberry Pi kernels keep it driven, unless told not to: raspberrypi/linux, issues 6117 and 6150.
    """
    settings = _boot_settings(root)
    if settings is None:
        return None
    return any(line.split("#")[0].strip() == "dtparam=strict_gpiod" for line in settings.read_text().splitlines())


def _boot_settings(root: Path) -> Path | None:
    return next((root / path for path in BOOT_SETTINGS if (root / path).exists()), None)


def _released_outputs(root: Path) -> Iterator[Finding]:
    match outputs_are_released(root):
        case True:
            yield good("outputs", "are released when a program dies")
        case False:
            advice = f"add the line dtparam=strict_gpiod to {_boot_settings(root)} and restart"
            yield warning("outputs", "would stay switched on after a program died", advice)
