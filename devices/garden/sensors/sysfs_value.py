"""A number in a file of the kernel: any sensor with an IIO or hwmon driver."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

from devices.board.board import Board
from devices.errors import BadFrame
from devices.garden.options import KernelSensor
from devices.garden.sensors.sensor import Measure, Sample, Sensor

NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?")
"""What drivers write: plain decimals. `nan`, `inf`, exponents and empty files are no measurement."""


class SysfsValue(Sensor):
    """Reads one attribute; finds the chip and writes its settings again whenever it has been away."""

    def __init__(self, options: KernelSensor, subsystem: str, board: Board) -> None:
        self._options = options
        self._subsystem = subsystem
        self._board = board

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Measure]:
        options, sysfs = self._options, self._board.sysfs
        chip = await sysfs.find(self._subsystem, options.name, at=options.at)
        for attribute, setting in options.set.items():
            await sysfs.write(chip / attribute, as_written(setting))

        async def measure() -> Sample:
            number = parse(await sysfs.read(chip / options.attribute))
            return Sample(number * options.scale + options.offset, self._board.clock.now())

        yield measure


def parse(text: str) -> float:
    """The number in an attribute's text.

    Raises:
        BadFrame: there is none.
    """
    if not NUMBER.fullmatch(text.strip()):
        raise BadFrame(f"the driver gave {text.strip()[:40]!r} instead of a number")
    return float(text)


def as_written(setting: float | str) -> str:
    """A setting as drivers read it: never with an exponent."""
    return setting if isinstance(setting, str) else f"{Decimal(str(setting)):f}"
