"""A number in a file of the kernel: any sensor with an IIO or hwmon driver."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

from devices.board.board import Board
from devices.errors import BadFrame
from devices.garden.options import KernelSensor
from devices.garden.sensors.sensor import Measure, Sample, Sensor

NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?")
"""What drivers write: plain decimals. `nan`, `inf`, exponents and empty files are no measurement."""

FOUND_FOR_S = 0.5
"""Sensors of one chip that look for it within so long share what was found."""


class Chip:
    """A chip that several sensors of a bed read: they look for it once, not each for itself."""

    def __init__(self, subsystem: str, name: str, at: str | None, board: Board) -> None:
        self._subsystem, self._name, self._at = subsystem, name, at
        self._sysfs = board.sysfs
        self._searching = asyncio.Lock()
        self._found: tuple[Path, float] | None = None

    async def folder(self) -> Path:
        """Where it is now; errors as in `Sysfs.find`."""
        async with self._searching:
            if self._found is None or time.monotonic() - self._found[1] > FOUND_FOR_S:
                self._found = None
                self._found = await self._sysfs.find(self._subsystem, self._name, at=self._at), time.monotonic()
            return self._found[0]


class SysfsValue(Sensor):
    """Reads one attribute; finds the chip and writes its settings again whenever it has been away."""

    def __init__(self, options: KernelSensor, chip: Chip, board: Board) -> None:
        self._options = options
        self._chip = chip
        self._board = board

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Measure]:
        options, sysfs = self._options, self._board.sysfs
        folder = await self._chip.folder()
        for attribute, setting in options.set.items():
            await sysfs.write(folder / attribute, as_written(setting))
        value = folder / options.attribute

        async def measure() -> Sample:
            number = parse(await sysfs.read(value))
            return Sample(number * options.scale + options.offset, self._board.clock.now())

        yield measure


def parse(text: str) -> float:
    """The number in an attribute's text.

    Raises:
        BadFrame: there is none.
    """
    number = text.strip()
    if not NUMBER.fullmatch(number):
        raise BadFrame(f"the driver gave {number[:40]!r} instead of a number")
    return float(number)


def as_written(setting: float | str) -> str:
    """A setting as drivers read it: never with an exponent."""
    return setting if isinstance(setting, str) else f"{Decimal(str(setting)):f}"
