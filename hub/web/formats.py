"""Numbers and times as a language writes them. `static/formats.js` does the same in the browser."""

import math
from collections.abc import Mapping
from datetime import date as Date  # noqa: N812 - `date` is what this module writes
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from babel.dates import format_date, format_time, format_timedelta
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from devices.opening_hours import local_zone
from hub.web.language import Language

DECIMALS: Mapping[str, int] = {"°C": 1, "%": 0, "mm": 1, "hPa": 0, "kPa": 1, "lx": 0, "V": 2, "l": 0}
"""How many decimals of a unit tell a gardener something."""
OTHER_DECIMALS = 2
LARGE = 1000
"""From here on nobody reads decimals."""
RECENT = timedelta(days=6)
AHEAD = timedelta(minutes=1)
"""Clocks differ a little; more than this, and a time in the future is a wrong clock, not "just now"."""


def decimals(unit: str) -> int:
    """The most decimals that a value in this unit shows."""
    return DECIMALS.get(unit, OTHER_DECIMALS)


def number(value: float, unit: str, language: Language) -> str:
    """`21.53, "°C"` → `21,5` in French."""
    places = 0 if abs(value) >= LARGE else decimals(unit)
    shown = Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) + 0  # never "-0"
    return format_decimal(shown, format="#,##0." + "#" * places, locale=language.formats)


def ago(at: datetime, now: datetime, language: Language) -> str | None:
    """`il y a 2 minutes`; a date when that tells more; None for less than a minute ("just now")."""
    age = now - at
    if age > RECENT or age < -AHEAD:
        return date(at, language)
    for unit in (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)):
        if age >= unit:
            return format_timedelta(-(age // unit) * unit, add_direction=True, threshold=1, locale=language.formats)
    return None


def date(at: datetime, language: Language) -> str:
    """`22 novembre 2026`, where the lab is."""
    return format_date(at.astimezone(), "long", locale=language.formats)


def day(known: Date, language: Language) -> str:
    """`22 novembre 2026`, of a day in the lab."""
    return format_date(known, "long", locale=language.formats)


def time_of_day(at: datetime, language: Language) -> str:
    """`14:30`, where the lab is."""
    return format_time(at.astimezone(local_zone()), "short", locale=language.formats)


def wait(seconds: float, language: Language) -> str:
    """`30 s`, `4 min`: how long somebody is asked to wait."""
    if seconds < 60:
        return format_unit(max(1, math.ceil(seconds)), "duration-second", "long", locale=language.formats)
    return format_unit(math.ceil(seconds / 60), "duration-minute", "long", locale=language.formats)


def days(count: int, language: Language) -> str:
    """`3 mois`, `1 an`: a time in days, in the largest unit that it fills, rounded."""
    return format_timedelta(timedelta(days=count), granularity="day", threshold=1, locale=language.formats)


def clock(seconds: float) -> str:
    """What is left, as a kitchen timer shows it: `4:05`. It shows 0:00 only when nothing is left."""
    minutes, rest = divmod(math.ceil(seconds), 60)
    return f"{minutes}:{rest:02}"


def minutes(seconds: float, language: Language) -> str:
    """A time that is only estimated: `5 min`; never less than one."""
    return format_unit(max(1, round(seconds / 60)), "duration-minute", "short", locale=language.formats)


def percent(share: float, language: Language) -> str:
    """`0.4` → `40 %` in French."""
    return format_percent(share, locale=language.formats)
