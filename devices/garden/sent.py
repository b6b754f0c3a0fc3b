"""What simulated sensors send: the inverse of the decoders beside it."""

from datetime import date

from devices.garden.calibration import in_force, interpolate
from devices.garden.options import KernelSensor, Sensor
from devices.garden.sensors.w1 import DS18S20, DS1825, POWER_ON_BYTE_6, crc8


def uncalibrated(sensor: Sensor, value: float, today: date) -> float:
    """The raw value that today's calibration turns into `value`; the value itself where two raw ones would."""
    calibration = in_force(sensor.calibration, today)
    if calibration is None:
        return value
    swapped = sorted((shown, raw) for raw, shown in calibration.points)
    if len({shown for shown, _ in swapped}) < len(swapped):
        return calibration.points[0][0]
    return interpolate(swapped, value)


def kernel_text(sensor: KernelSensor, raw: float) -> str:
    """An attribute as a driver writes it: whole milli-units and counts, or six decimals."""
    number = (raw - sensor.offset) / sensor.scale
    return f"{round(number)}\n" if abs(sensor.scale) <= 0.01 else f"{number:.6f}\n"


def scratchpad(celsius: float, family: str) -> bytes:
    """A thermometer's nine bytes after measuring."""
    if family == DS18S20:
        whole, sixteenths = divmod(round((celsius + 0.25) * 16), 16)
        data = (whole << 1).to_bytes(2, "little", signed=True) + bytes([0x4B, 0x46, 0xFF, 0xFF, 16 - sixteenths, 0x10])
    else:
        sixteenths = round(celsius * 16)
        configuration = 0x70 if family == DS1825 else 0x7F
        remain = 0x10 - (sixteenths & 0x0F)
        data = sixteenths.to_bytes(2, "little", signed=True) + bytes([0x4B, 0x46, configuration, 0xFF, remain, 0x10])
    return data + bytes([crc8(data)])


def power_on_scratchpad(family: str) -> bytes:
    """What a thermometer holds when it gets its power: 85 °C, and 0x0C in byte 6."""
    data = scratchpad(85.0, family)[:6] + bytes([POWER_ON_BYTE_6, 0x10])
    return data + bytes([crc8(data)])


def w1_slave(data: bytes) -> str:
    """The two lines of the kernel."""
    shown = data.hex(" ")
    verdict = "YES" if crc8(data[:8]) == data[8] else "NO"
    millidegrees = int.from_bytes(data[:2], "little", signed=True) * 1000 // 16
    return f"{shown} : crc={data[8]:02x} {verdict}\n{shown} t={millidegrees}\n"


def distance_frame(millimetres: int) -> bytes:
    """A frame of the A02YYUW."""
    frame = bytes([0xFF, *millimetres.to_bytes(2, "big")])
    return frame + bytes([sum(frame) & 0xFF])
