"""Six languages, each whole, and the right one for each visitor."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

import hub.web
from hub.web.language import FRENCH, LANGUAGES, LOCALE, Language, negotiate, ranked, translations

WEB = Path(hub.web.__file__).parent
EVERY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES.values(), ids=list(LANGUAGES))
KEYWORDS = {"gettext": None, "ngettext": (1, 2), "_": None, "gettext_noop": None}


def extracted() -> Catalog:
    """What `pybabel extract` finds in the code and the templates."""
    with (WEB / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)  # type: ignore[no-untyped-call]  # Babel's is not typed
    catalogue = Catalog()
    for _, _, message, _, context in extract_from_dir(WEB, methods, options, KEYWORDS):
        catalogue.add(message, context=context)
    return catalogue


def catalogue_of(language: Language) -> Catalog:
    with (LOCALE / language.code / "LC_MESSAGES" / "messages.po").open("rb") as source:
        return read_po(source, locale=language.code, abort_invalid=True)


def test_each_language_of_the_lab_has_a_catalogue_and_no_other_has() -> None:
    assert {path.parent.parent.name for path in LOCALE.rglob("*.po")} == set(LANGUAGES)


@EVERY_LANGUAGE
def test_a_catalogue_has_exactly_the_messages_of_the_pages(language: Language) -> None:
    assert {message.id for message in catalogue_of(language) if message.id} == {
        message.id for message in extracted() if message.id
    }


@EVERY_LANGUAGE
def test_every_message_is_translated_and_none_is_fuzzy(language: Language) -> None:
    catalogue = catalogue_of(language)
    for message in catalogue:
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        assert not message.fuzzy, message.id
        assert all(strings), message.id
        if message.pluralizable:
            assert len(strings) == catalogue.num_plurals, message.id
    assert not catalogue.obsolete


@EVERY_LANGUAGE
def test_a_translation_keeps_the_placeholders(language: Language) -> None:
    for message in catalogue_of(language):
        assert list(message.check()) == [], message.id
        assert set(re.findall(r"\{\w+\}", str(message.id))) == set(re.findall(r"\{\w+\}", str(message.string)))


@pytest.mark.parametrize(
    "language", [each for each in LANGUAGES.values() if each.code != "en"], ids=lambda each: each.code
)
def test_no_translation_is_the_english_left_standing(language: Language) -> None:
    the_same_in_both = {
        *("Arcade", "Badge", "Badges", "Compost", "Koala", "Lion", "Machines", "Panda", "Turbo", "Version", "Zebra"),
    }
    left = {message.id for message in catalogue_of(language) if message.id and message.string == message.id}
    assert left <= the_same_in_both


@pytest.mark.parametrize(
    ("code", "count", "said"),
    [
        ("fr", 1, "1 endroit ne répond pas"),
        ("fr", 2, "2 endroits ne répondent pas"),
        ("en", 2, "2 places do not answer"),
        ("tr", 5, "5 yer yanıt vermiyor"),
        ("pt", 1, "1 lugar não responde"),
        ("uk", 1, "1 місце не відповідає"),
        ("uk", 3, "3 місця не відповідають"),
        ("uk", 5, "5 місць не відповідають"),
        ("uk", 21, "21 місце не відповідає"),
        ("ar", 2, "مكانان لا يستجيبان (2)"),
        ("ar", 3, "3 أماكن لا تستجيب"),
        ("ar", 11, "11 مكانًا لا يستجيب"),
        ("ar", 100, "100 مكان لا يستجيب"),
    ],
)
def test_numbers_take_the_plural_of_the_language(code: str, count: int, said: str) -> None:
    ngettext = translations(LANGUAGES[code]).ngettext
    one, many = "%(count)s place does not answer", "%(count)s places do not answer"
    assert ngettext(one, many, count) % {"count": count} == said


@pytest.mark.parametrize(
    ("asked", "remembered", "accepted", "spoken"),
    [
        (None, None, "", "fr"),
        (None, None, "de-DE,de;q=0.9", "fr"),
        (None, None, "ar-DZ,ar;q=0.9,fr;q=0.8", "ar"),
        (None, None, "de, uk;q=0.5, tr;q=0.7", "tr"),
        (None, None, "en;q=0, pt", "pt"),
        (None, "tr", "ar", "tr"),
        ("uk", "tr", "ar", "uk"),
        ("xx", "../..", "pt-BR", "pt"),
    ],
)
def test_the_address_comes_before_the_memory_and_the_browser_before_french(
    asked: str | None, remembered: str | None, accepted: str, spoken: str
) -> None:
    assert negotiate(asked, remembered, accepted).code == spoken


@given(st.text())
def test_any_header_gives_a_language(header: str) -> None:
    assert negotiate(header, header, header) in LANGUAGES.values()


def test_a_weight_that_cannot_be_read_counts_for_nothing() -> None:
    assert ranked("text/html;q=x, application/json;q=0.1, */*;q=0") == ["application/json"]


def test_french_comes_first() -> None:
    assert next(iter(LANGUAGES.values())) is FRENCH
