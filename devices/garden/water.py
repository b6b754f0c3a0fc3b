"""The garden's water: rain wets the bed and fills the tank, sun dries the bed, and in the evening somebody waters."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from devices.garden import weather

STEP = timedelta(minutes=5)
PAST = timedelta(days=3)
"""How long before the first moment the balance begins, so that it has found its level."""

SOIL_PCT_PER_MM = 1.6
EVAPORATION_MM_PER_WH_M2 = 0.00085
"""Six tenths of the sunlight evaporate water, at 680 Wh a millimetre, as over grass."""
DRAINING_PER_H = 0.2
"""Share of what stands above field capacity that seeps away."""
FIELD_CAPACITY_PCT, WILTING_PCT = 80.0, 12.0

TANK_MM, ROOF_TO_TANK = 1500.0, 18.0
"""Depth of the tank, and how many millimetres in it one millimetre of rain on the roof makes."""
WATERING_HOUR, WATER_BELOW_PCT, WATERED_MM, WATERED_LITRES = 19, 45.0, 8.0, 90.0


@dataclass(frozen=True, slots=True)
class Water:
    """Where the water is at a moment; the totals count from the beginning."""

    at: datetime
    soil_pct: float = 55.0
    tank_mm: float = 700.0
    rained_mm: float = 0.0
    watered_litres: float = 0.0


def water_at(at: datetime) -> Water:
    """The balance at a first moment."""
    return advanced(Water(at - PAST), at)


def advanced(water: Water, to: datetime) -> Water:
    """The balance later on."""
    while water.at < to:
        water = _step(water, min(STEP, to - water.at))
    return water


def _step(water: Water, lasts: timedelta) -> Water:
    hours = lasts / timedelta(hours=1)
    rain_mm = weather.rain_mm_per_h(water.at) * hours
    share = hours if _is_watering(water) else 0.0
    soil_pct = water.soil_pct + SOIL_PCT_PER_MM * (rain_mm + WATERED_MM * share - _evaporated_mm(water) * hours)
    soil_pct -= max(soil_pct - FIELD_CAPACITY_PCT, 0) * min(DRAINING_PER_H * hours, 1)
    tank_mm = water.tank_mm + ROOF_TO_TANK * rain_mm - WATERED_LITRES * share
    return replace(
        water,
        at=water.at + lasts,
        soil_pct=min(max(soil_pct, WILTING_PCT), 100.0),
        tank_mm=min(max(tank_mm, 50.0), TANK_MM),
        rained_mm=water.rained_mm + rain_mm,
        watered_litres=water.watered_litres + WATERED_LITRES * share,
    )


def _is_watering(water: Water) -> bool:
    """For an hour in the evening, when the bed is dry and the tank is not."""
    return water.at.hour == WATERING_HOUR and water.soil_pct < WATER_BELOW_PCT and water.tank_mm > WATERED_LITRES


def _evaporated_mm(water: Water) -> float:
    """Per hour; a dry soil gives less."""
    wet = (water.soil_pct - WILTING_PCT) / (FIELD_CAPACITY_PCT - WILTING_PCT)
    return weather.irradiance_w_m2(water.at) * EVAPORATION_MM_PER_WH_M2 * min(max(wet, 0.0), 1.0)
