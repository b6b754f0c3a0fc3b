"""Numbers and times as each language writes them."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.web.formats import ago, clock, date, day, days, minutes, number, percent, time_of_day, wait
from hub.web.language import LANGUAGES

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
FRENCH, ENGLISH, ARABIC = LANGUAGES["fr"], LANGUAGES["en"], LANGUAGES["ar"]


@pytest.mark.parametrize(
    ("value", "unit", "code", "written"),
    [
        (21.53, "°C", "fr", "21,5"),
        (21.53, "°C", "en", "21.5"),
        (21.53, "°C", "ar", "21,5"),
        (21.0, "°C", "fr", "21"),
        (-0.04, "°C", "fr", "0"),
        (47.6, "%", "tr", "48"),
        (2.614, "V", "uk", "2,61"),
        (0.2794, "mm", "pt", "0,3"),
        (1234.4, "mm", "en", "1,234"),
        (-1234.5, "mm", "en", "-1,235"),
        (3.14159, "furlong", "en", "3.14"),
    ],
)
def test_a_value_has_the_decimals_that_tell_something(value: float, unit: str, code: str, written: str) -> None:
    assert number(value, unit, LANGUAGES[code]) == written


@pytest.mark.parametrize(
    ("age", "french", "arabic"),
    [
        (timedelta(seconds=59), None, None),
        (timedelta(seconds=119), "il y a 1 minute", "قبل دقيقة واحدة"),
        (timedelta(minutes=2), "il y a 2 minutes", "قبل دقيقتين"),
        (timedelta(hours=5, minutes=59), "il y a 5 heures", "قبل 5 ساعات"),
        (timedelta(days=3), "il y a 3 jours", "قبل 3 أيام"),
        (timedelta(days=7), "15 novembre 2026", "15 نونبر 2026"),
    ],
)
def test_a_time_is_told_as_people_tell_it(age: timedelta, french: str | None, arabic: str | None) -> None:
    assert ago(NOON - age, NOON, FRENCH) == french
    assert ago(NOON - age, NOON, ARABIC) == arabic


def test_a_clock_that_is_a_little_ahead_is_now_and_one_that_is_far_ahead_shows_its_date() -> None:
    assert ago(NOON + timedelta(seconds=30), NOON, ENGLISH) is None
    assert ago(NOON + timedelta(days=2), NOON, ENGLISH) == "24 November 2026"


def test_dates_are_those_of_the_place() -> None:
    assert str(NOON.astimezone().day) in date(NOON, ENGLISH)


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0:00"), (0.01, "0:01"), (59.2, "1:00"), (60, "1:00"), (245, "4:05"), (3600, "60:00"), (36_061, "601:01")],
)
def test_what_is_left_is_written_as_on_a_kitchen_timer(seconds: float, written: str) -> None:
    assert clock(seconds) == written


@pytest.mark.parametrize(
    ("seconds", "code", "written"),
    [(0, "en", "1 min"), (29, "en", "1 min"), (100, "en", "2 mins"), (300, "fr", "5 min"), (600, "uk", "10 хв")],
)
def test_a_wait_is_told_in_minutes(seconds: float, code: str, written: str) -> None:
    assert " ".join(minutes(seconds, LANGUAGES[code]).split()) == written


def test_a_share_is_told_in_percent() -> None:
    assert [" ".join(percent(0.4, language).split()) for language in (FRENCH, ENGLISH)] == ["40 %", "40%"]


def test_how_long_something_is_kept_has_words_in_every_language() -> None:
    for language in LANGUAGES.values():
        for count in (1, 14, 90, 365, 1095):
            said = days(count, language)
            assert "duration" not in said, (language.code, said)
    assert days(1095, LANGUAGES["pt"]) == "3 anos"


@pytest.mark.parametrize(
    ("count", "said"), [(1, "1 jour"), (28, "4 semaines"), (90, "3 mois"), (365, "1 an"), (3 * 365, "3 ans")]
)
def test_a_time_in_days_is_said_in_its_largest_unit(count: int, said: str) -> None:
    assert days(count, FRENCH).replace("\N{NO-BREAK SPACE}", " ") == said


@pytest.mark.parametrize(("seconds", "said"), [(0.2, "1 seconde"), (59.5, "60 secondes"), (61, "2 minutes")])
def test_nobody_is_asked_to_come_back_too_early(seconds: float, said: str) -> None:
    assert wait(seconds, FRENCH).replace("\N{NO-BREAK SPACE}", " ") == said


def test_a_day_and_a_time_are_those_of_the_house() -> None:
    assert day(NOON.date(), FRENCH) == "22 novembre 2026"
    assert time_of_day(datetime(2026, 7, 1, 12, 30, tzinfo=UTC), FRENCH) == "14:30"
