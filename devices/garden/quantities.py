"""What a sensor measures, in Home Assistant's words: that gives a value its icon, its graph and its unit's family."""

from devices.garden.options import KernelSensor, Sensor, UartDistanceSensor

BY_UNIT = {
    "°C": "temperature",
    "hPa": "atmospheric_pressure",
    "kPa": "atmospheric_pressure",
    "mbar": "atmospheric_pressure",
    "lx": "illuminance",
    "W/m²": "irradiance",
    "mm/h": "precipitation_intensity",
    "mV": "voltage",
    "V": "voltage",
    "m/s": "wind_speed",
    "km/h": "wind_speed",
    "ppm": "carbon_dioxide",
    "m³": "water",
}
"""Units that leave no doubt. `mm` and `%` do, and so they are looked at more closely."""
LENGTHS = {"mm", "cm", "m"}


def quantity_of(channel: str, sensor: Sensor) -> str | None:
    """The device class, from the unit and, where that leaves a doubt, from the kernel's name or the channel's."""
    if sensor.unit == "%":
        return _share_of(channel, sensor)
    if sensor.unit in LENGTHS:
        return _length_of(sensor)
    if sensor.unit == "L" and sensor.type == "pulse":
        return "water"
    return BY_UNIT.get(sensor.unit)


def _share_of(channel: str, sensor: Sensor) -> str | None:
    attribute = sensor.attribute if isinstance(sensor, KernelSensor) else ""
    words = channel.split("-")
    if "humidity" in attribute or "humidity" in words:
        return "humidity"
    if "moisture" in words or "soil" in words:
        return "moisture"
    return "battery" if "battery" in words else None


def _length_of(sensor: Sensor) -> str | None:
    if sensor.type == "pulse":
        return "precipitation" if sensor.unit in {"mm", "cm"} else None
    return "distance" if isinstance(sensor, UartDistanceSensor) and not sensor.calibration else None
