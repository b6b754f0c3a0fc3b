"""A believable garden day."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from devices.garden import weather
from devices.garden.water import Water, advanced, water_at

YEAR = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours) for hours in range(0, 365 * 24, 3)]


def moments(day: datetime, minutes: int = 10) -> list[datetime]:
    return [day + timedelta(minutes=at) for at in range(0, 24 * 60, minutes)]


SUMMER, WINTER, SPRING = (datetime(2026, month, day, tzinfo=UTC) for month, day in ((6, 21), (12, 21), (4, 20)))


@pytest.mark.parametrize(("day", "highest_deg"), [(SUMMER, 63.5), (WINTER, 16.7)])
def test_the_sun_stands_as_high_over_amiens_as_at_the_solstices(day: datetime, highest_deg: float) -> None:
    heights = {moment: weather.sun_elevation_deg(moment) for moment in moments(day, 1)}
    noon = max(heights, key=lambda moment: heights[moment])
    assert heights[noon] == pytest.approx(highest_deg, abs=0.3)
    assert noon.hour in {11, 12}


def test_the_air_is_warmest_after_the_sun_was_highest_and_coldest_by_morning() -> None:
    dry = [moment for moment in moments(SUMMER) if not weather.rain_mm_per_h(moment)]
    assert 13 <= max(dry, key=weather.temperature_c).hour <= 16
    assert min(dry, key=weather.temperature_c).hour in {2, 3, 4}


def test_the_air_is_moist_when_it_is_cold_and_dry_when_it_is_warm() -> None:
    dry = [moment for moment in moments(SUMMER) if not weather.rain_mm_per_h(moment)]
    assert weather.humidity_pct(min(dry, key=weather.temperature_c)) > 80
    assert weather.humidity_pct(max(dry, key=weather.temperature_c)) < 70


def test_a_year_stays_believable() -> None:
    for moment in YEAR:
        assert -12 < weather.temperature_c(moment) < 35
        assert 20 < weather.humidity_pct(moment) <= 99
        assert 1000 < weather.pressure_hpa(moment) < 1030
        assert 0 <= weather.cloud(moment) <= 1
        assert 0 <= weather.irradiance_w_m2(moment) < 1000
        assert 0 <= weather.rain_mm_per_h(moment) < 45
        assert (weather.illuminance_lx(moment) > 0) <= (weather.sun_elevation_deg(moment) > 0)


def test_it_rains_every_day_but_not_all_day() -> None:
    for days in range(30):
        day = [weather.rain_mm_per_h(moment) > 0 for moment in moments(SPRING + timedelta(days=days), 5)]
        assert 0 < sum(day) < len(day) / 3


def test_the_soil_dries_in_the_sun_and_is_wetted_by_rain() -> None:
    days = moments(SUMMER) + moments(SUMMER + timedelta(days=1))
    sunny = [moment for moment in days if weather.irradiance_w_m2(moment) > 300 and not weather.rain_mm_per_h(moment)]
    rainy = [moment for moment in days if weather.rain_mm_per_h(moment) > 3]
    for moment in sunny:
        before = Water(moment, soil_pct=60)
        assert advanced(before, moment + timedelta(minutes=5)).soil_pct < before.soil_pct
    for moment in rainy:
        before = Water(moment, soil_pct=60)
        after = advanced(before, moment + timedelta(minutes=5))
        assert after.soil_pct > before.soil_pct
        assert after.tank_mm > before.tank_mm
        assert after.rained_mm > before.rained_mm


def test_a_dry_bed_is_watered_from_the_tank_in_the_evening() -> None:
    evening = datetime(2026, 7, 1, 19, tzinfo=UTC)
    before = Water(evening, soil_pct=30, tank_mm=800)
    after = advanced(before, evening + timedelta(hours=1))
    assert after.soil_pct > 35
    assert after.watered_litres == pytest.approx(90)
    assert after.tank_mm < 800 or after.rained_mm > before.rained_mm


def test_the_water_stays_within_its_bounds_through_a_year_and_its_totals_only_grow() -> None:
    balance = [water_at(YEAR[0])]
    for moment in YEAR[8::8]:
        balance.append(advanced(balance[-1], moment))
    for before, after in pairwise(balance):
        assert 10 <= after.soil_pct <= 100
        assert 50 <= after.tank_mm <= 1500
        assert after.rained_mm >= before.rained_mm
        assert after.watered_litres >= before.watered_litres
    assert 300 < balance[-1].rained_mm < 3000
