"""1-Wire thermometers through the kernel's `w1_slave`.

Only the scratchpad of the present read is believed: the kernel's `t=` and its second line may be an older one, its
CRC passes nine zeros, and a thermometer that lost its power between two reads reports 85 °C without having measured.

Sources: Analog Devices (Maxim) data sheets of DS18B20, DS18S20, DS1822, DS1825 and DS28EA00, "Scratchpad" and
"Configuration register"; the low nibble of byte 6 is from the survey of C. Petrich, counterfeit_DS18B20.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from devices.board.board import Board
from devices.device import Json
from devices.errors import BadFrame
from devices.garden.options import W1Sensor
from devices.garden.sensors.sensor import Measure, Sample, Sensor, hex_bytes

SCRATCHPAD_BYTES = 9
READ_WITHIN_S = 7.0
"""A conversion takes 0.75 s, a read up to 2 s, and the thermometers of one bus are read one after the other."""
LOWEST_C, HIGHEST_C = -55.0, 125.0
POWER_ON_C, POWER_ON_BYTE_6 = 85.0, 0x0C
DS18S20, DS1825 = "10", "3b"


class W1Thermometer(Sensor):
    """Reads one thermometer."""

    def __init__(self, options: W1Sensor, board: Board) -> None:
        self._id = options.id
        self._board = board

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Measure]:
        folder = await self._board.sysfs.find("w1", self._id)

        async def measure() -> Sample:
            text = await self._board.sysfs.read(folder / "w1_slave", deadline_s=READ_WITHIN_S)
            return Sample(celsius(scratchpad(text), family=self._id[:2]), self._board.clock.now())

        yield measure


def scratchpad(w1_slave: str) -> bytes:
    """The nine bytes of the present read: those before the first colon.

    Raises:
        BadFrame: the kernel gave nothing, or something else.
    """
    if not w1_slave.strip():
        raise BadFrame("the kernel gave an empty answer: check the thermometer's wires and the 4.7 kΩ pull-up")
    return hex_bytes(w1_slave.partition(":")[0], SCRATCHPAD_BYTES)


def celsius(data: bytes, *, family: str = "28") -> float:
    """The temperature in a scratchpad of nine bytes.

    Raises:
        BadFrame: a wrong checksum, constant bits that are not as built, or a value that was not measured.
    """
    if crc8(data[:8]) != data[8]:
        raise BadFrame(f"checksum {data[8]:02x} should be {crc8(data[:8]):02x}: check the wires and the pull-up")
    temperature_c = _ds18s20_celsius(data) if family == DS18S20 else _ds18b20_celsius(data, family)
    if not LOWEST_C <= temperature_c <= HIGHEST_C:
        raise BadFrame(f"{temperature_c:g} °C is outside what a thermometer of this kind can measure")
    if temperature_c == POWER_ON_C and data[6] == POWER_ON_BYTE_6:
        raise BadFrame("85 °C as after power-on: the thermometer lost its power and has not measured; check its supply")
    return temperature_c


@dataclass(frozen=True, slots=True)
class ConstantBits:
    """Bits of the configuration byte that every thermometer of a family leaves the factory with."""

    mask: int
    value: int


AS_DS18B20 = ConstantBits(0b1001_1111, 0b0001_1111)
AS_DS1825 = ConstantBits(0b1001_0000, 0b0001_0000)
"""Its low nibble is an address; with the top bit set it is a MAX31850, which counts otherwise."""


def _ds18b20_celsius(data: bytes, family: str) -> float:
    """Sixteenths of a degree, of which the resolution leaves up to three bits undefined."""
    constant = AS_DS1825 if family == DS1825 else AS_DS18B20
    if data[4] & constant.mask != constant.value:
        raise BadFrame(f"configuration byte {data[4]:02x} is none of this thermometer's: probably not its answer")
    resolution_bits = 9 + (data[4] >> 5 & 0b11)
    undefined = (1 << 12 - resolution_bits) - 1
    return (int.from_bytes(data[:2], "little", signed=True) & ~undefined) / 16


def _ds18s20_celsius(data: bytes) -> float:
    """Half degrees, refined by the counter that remained: T - 0.25 + (per degree - remain) / per degree."""
    remain, per_degree = data[6], data[7]
    if per_degree != 0x10 or remain > per_degree:
        raise BadFrame(f"counter bytes {remain:02x} {per_degree:02x} are none of a DS18S20: probably not its answer")
    whole = int.from_bytes(data[:2], "little", signed=True) >> 1
    return whole - 0.25 + (per_degree - remain) / per_degree


def crc8(data: bytes) -> int:
    """Maxim's 1-Wire CRC (polynomial x⁸ + x⁵ + x⁴ + 1, reflected): application note 27."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8C if crc & 1 else 0)
    return crc


def decode(text: str) -> Mapping[str, Json]:
    """The temperature in a DS18B20's scratchpad, nine bytes as hex: `{"value": 21.5, "unit": "°C"}`.

    Raises:
        BadFrame: not nine bytes, or not a measurement.
    """
    return {"value": celsius(hex_bytes(text, SCRATCHPAD_BYTES)), "unit": "°C"}
