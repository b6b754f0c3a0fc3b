"""What a sensor of a simulated garden would show: chosen by its quantity and by the words of its name."""

import math
from collections.abc import Callable
from datetime import datetime

from devices.garden import weather
from devices.garden.options import HwmonSensor, PulseSensor, Sensor, UartDistanceSensor
from devices.garden.quantities import quantity_of
from devices.garden.water import TANK_MM, Water

PROBE_ABOVE_TANK_MM = 300.0
"""The ultrasonic probe hangs so far above a full tank."""
DRY_V, WET_V = 2.61, 1.12
"""A capacitive soil probe in dry and in saturated soil."""


def believable(device: str, channel: str, sensor: Sensor, water: Water) -> float:
    """The value, calibrated and in the sensor's unit, within its plausible range."""
    words = {*device.split("-"), *channel.split("-")}
    value = _by_quantity(quantity_of(channel, sensor), words, sensor, water)
    if sensor.range is None:
        return value
    lowest, highest = sensor.range
    return min(max(value, lowest), highest)


def distance_mm(water: Water) -> float:
    """From the ultrasonic probe to the water of the tank."""
    return PROBE_ABOVE_TANK_MM + TANK_MM - water.tank_mm


def _by_quantity(quantity: str | None, words: set[str], sensor: Sensor, water: Water) -> float:
    at = water.at
    if quantity in SIMPLE:
        return SIMPLE[quantity](at) / PER_UNIT.get(sensor.unit, 1.0)
    match quantity:
        case "temperature":
            return temperature_c(words, sensor, at)
        case "humidity" if "greenhouse" in words:
            return min(weather.humidity_pct(at) + 8, 99.0)
        case "humidity":
            return weather.humidity_pct(at)
        case "moisture":
            return water.soil_pct
        case "voltage" if "soil" in words:
            return DRY_V + (WET_V - DRY_V) * water.soil_pct / 100
        case "voltage":
            return 3.7 + 0.3 * weather.irradiance_w_m2(at) / 900
        case "battery":
            return 70 + 25 * weather.irradiance_w_m2(at) / 900
    return _by_kind(words, sensor, water)


def _by_kind(words: set[str], sensor: Sensor, water: Water) -> float:
    """Where the quantity leaves it open: how full the tank is, or something that follows the sun."""
    if isinstance(sensor, UartDistanceSensor) or words & {"tank", "level"}:
        return 100 * water.tank_mm / TANK_MM
    lowest, highest = sensor.range or (0.0, 100.0)
    return lowest + (highest - lowest) * (0.5 + 0.4 * math.sin(math.radians(weather.sun_elevation_deg(water.at))))


def temperature_c(words: set[str], sensor: Sensor, at: datetime) -> float:
    """Soil and water follow the air slowly; a greenhouse and a box in the sun are warmer."""
    if "soil" in words:
        return weather.temperature_c(at, damping=0.4, lag_h=4)
    if words & {"water", "tank"} and not isinstance(sensor, HwmonSensor):
        return weather.temperature_c(at, damping=0.25, lag_h=5)
    sunshine = weather.irradiance_w_m2(at) / 900
    if "greenhouse" in words:
        return weather.temperature_c(at, lag_h=0.5) + 14 * sunshine + 1
    if isinstance(sensor, HwmonSensor) or "box" in words:
        return weather.temperature_c(at, damping=0.8, lag_h=1) + 9 * sunshine + 4
    return weather.temperature_c(at)


def portions(sensor: PulseSensor, water: Water) -> float:
    """What a gauge or meter has counted since the beginning, in pulses."""
    if quantity_of("", sensor) == "water":
        litres_per_unit = 1000.0 if sensor.unit == "m³" else 1.0
        return water.watered_litres / litres_per_unit / sensor.per_pulse
    return water.rained_mm / PER_UNIT.get(sensor.unit, 1.0) / sensor.per_pulse


SIMPLE: dict[str | None, Callable[[datetime], float]] = {
    "atmospheric_pressure": weather.pressure_hpa,
    "illuminance": weather.illuminance_lx,
    "irradiance": weather.irradiance_w_m2,
    "precipitation_intensity": weather.rain_mm_per_h,
    "wind_speed": weather.wind_m_per_s,
    "carbon_dioxide": lambda at: 420 + 60 * max(-math.sin(math.radians(weather.sun_elevation_deg(at))), 0),
}
PER_UNIT = {"kPa": 10.0, "km/h": 1 / 3.6, "cm": 10.0}
"""The unit of the functions above in each of these: hPa, m/s, mm."""
