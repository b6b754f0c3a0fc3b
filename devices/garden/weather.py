"""The weather over a garden in Amiens, as pure functions of the time: believable, repeatable, and nobody's forecast.

Every day has showers of its own, drawn from its date. Times are aware.
"""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from random import Random

LATITUDE_DEG, LONGITUDE_DEG = 49.894, 2.302
COLDEST_DAY = 20
"""Late January."""
YEARLY_MEAN_C, YEARLY_SWING_C, DAILY_SWING_C = 10.9, 7.3, 5.0
WARMEST_SOLAR_HOUR = 15.0
"""The air is warmest three hours after the sun is highest."""
LUX_PER_W_M2 = 120.0


@dataclass(frozen=True, slots=True)
class Shower:
    """Rain that swells and fades."""

    start: datetime
    lasts: timedelta
    heaviest_mm_per_h: float

    def mm_per_h(self, at: datetime) -> float:
        progress = (at - self.start) / self.lasts
        return self.heaviest_mm_per_h * math.sin(math.pi * progress) ** 2 if 0 < progress < 1 else 0.0


@lru_cache(maxsize=16)
def showers(day: date) -> tuple[Shower, ...]:
    """One to three showers begin on a day, UTC."""
    chance = Random(day.isoformat())  # noqa: S311 - weather, not a secret
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return tuple(
        Shower(
            start=midnight + timedelta(hours=chance.uniform(0, 24)),
            lasts=timedelta(minutes=chance.uniform(15, 70)),
            heaviest_mm_per_h=chance.uniform(2, 14),
        )
        for _ in range(chance.randint(1, 3))
    )


def rain_mm_per_h(at: datetime) -> float:
    """How hard it rains."""
    today = at.astimezone(UTC).date()
    return sum(shower.mm_per_h(at) for day in (today - timedelta(days=1), today) for shower in showers(day))


def cloud(at: datetime) -> float:
    """The share of the sky that is covered, 0 to 1; full in the rain, and half an hour around it."""
    around = max(rain_mm_per_h(at + timedelta(minutes=offset)) for offset in (-30, -15, 0, 15, 30))
    drifting = 0.35 + 0.25 * math.sin(_days(at) * 2 * math.pi / 1.7)
    return drifting + (1 - drifting) * min(around, 1.0)


def sun_elevation_deg(at: datetime) -> float:
    """Height of the sun over the horizon, negative at night (declination and hour angle; within a degree)."""
    declination = math.radians(-23.44) * math.cos(2 * math.pi * (_day_of_year(at) + 10) / 365.25)
    hour_angle = math.radians(15 * (solar_hour(at) - 12))
    latitude = math.radians(LATITUDE_DEG)
    sine = math.sin(latitude) * math.sin(declination)
    sine += math.cos(latitude) * math.cos(declination) * math.cos(hour_angle)
    return math.degrees(math.asin(sine))


def solar_hour(at: datetime) -> float:
    """Hours since the sun was lowest: 12 when it is highest, with the equation of time."""
    utc = at.astimezone(UTC)
    angle = 2 * math.pi * (_day_of_year(at) - 81) / 364
    equation_min = 9.87 * math.sin(2 * angle) - 7.53 * math.cos(angle) - 1.5 * math.sin(angle)
    hours = utc.hour + utc.minute / 60 + utc.second / 3600 + utc.microsecond / 3.6e9
    return (hours + LONGITUDE_DEG / 15 + equation_min / 60) % 24


def irradiance_w_m2(at: datetime) -> float:
    """Sunlight on the ground: clear sky and cloud after Kasten and Czeplak, Solar Energy 24 (1980)."""
    clear = 910 * math.sin(math.radians(max(sun_elevation_deg(at), 0))) - 30
    return float(max(clear, 0) * (1 - 0.75 * cloud(at) ** 3.4))


def illuminance_lx(at: datetime) -> float:
    """Daylight on the ground."""
    return irradiance_w_m2(at) * LUX_PER_W_M2


def daily_mean_c(at: datetime) -> float:
    """What the season makes of the air."""
    return YEARLY_MEAN_C - YEARLY_SWING_C * math.cos(2 * math.pi * (_day_of_year(at) - COLDEST_DAY) / 365.25)


def temperature_c(at: datetime, *, damping: float = 1.0, lag_h: float = 0.0) -> float:
    """The air's temperature; `damping` and `lag_h` give what follows it slowly: soil, water, walls."""
    then = at - timedelta(hours=lag_h)
    swing = DAILY_SWING_C * damping * math.cos(2 * math.pi * (solar_hour(then) - WARMEST_SOLAR_HOUR) / 24)
    cooling = 1.5 * damping * min(rain_mm_per_h(then) / 5, 1.0)
    return daily_mean_c(then) + swing - cooling


def humidity_pct(at: datetime) -> float:
    """Relative humidity over water: the dew point hardly moves within a day, so it is opposite to the temperature."""
    dew_point_c = daily_mean_c(at) - 0.7 * DAILY_SWING_C + min(rain_mm_per_h(at), 3.0)
    return min(100 * _vapour_hpa(dew_point_c) / _vapour_hpa(temperature_c(at)), 99.0)


def _vapour_hpa(temperature_c: float) -> float:
    """Saturation vapour pressure, Magnus formula (WMO-No. 8)."""
    return 6.112 * math.exp(17.62 * temperature_c / (243.12 + temperature_c))


def pressure_hpa(at: datetime) -> float:
    """Air pressure at sea level, as highs and lows pass."""
    return 1014 + 9 * math.sin(_days(at) * 2 * math.pi / 5.3)


def wind_m_per_s(at: datetime) -> float:
    """Wind, stronger by day and in showers."""
    return 2.5 + 1.5 * max(math.sin(math.radians(sun_elevation_deg(at))), 0) + min(rain_mm_per_h(at), 4)


def _days(at: datetime) -> float:
    return at.timestamp() / 86400


def _day_of_year(at: datetime) -> int:
    return at.astimezone(UTC).timetuple().tm_yday
