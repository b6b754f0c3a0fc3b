"""Which language a visitor reads, and its catalogue.

Catalogues are gettext's `.po` files, compiled in memory when a language is first asked for: nothing to build,
nothing that can be out of date.
"""

import gettext
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).parent / "locale"


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the pages."""

    code: str
    name: str
    """As its own readers write it."""
    formats: str
    """The CLDR locale of its numbers and times, as its readers in France expect them."""
    direction: Literal["ltr", "rtl"] = "ltr"

    @property
    def tag(self) -> str:
        """`formats` as a BCP 47 tag, for the browser."""
        return self.formats.replace("_", "-")


FRENCH = Language("fr", "Français", "fr_FR")
LANGUAGES: Mapping[str, Language] = {
    language.code: language
    for language in (
        FRENCH,
        Language("en", "English", "en_GB"),
        Language("ar", "العربية", "ar_MA", "rtl"),  # the Maghreb writes European digits
        Language("tr", "Türkçe", "tr_TR"),
        Language("pt", "Português", "pt_PT"),
        Language("uk", "Українська", "uk_UA"),
    )
}


@cache
def translations(language: Language) -> gettext.GNUTranslations:
    """The catalogue of a language."""
    with (LOCALE / language.code / "LC_MESSAGES" / "messages.po").open("rb") as source:
        catalogue = read_po(source, locale=language.code)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def negotiate(asked: str | None, remembered: str | None, accepted: str) -> Language:
    """The language that the address asks for, else the one remembered, else the browser's, else French.

    `accepted` is an `Accept-Language` header.
    """
    candidates: Iterable[str | None] = (asked, remembered, *(tag.split("-")[0] for tag in ranked(accepted)))
    return next((LANGUAGES[code] for code in candidates if code and code in LANGUAGES), FRENCH)


def ranked(header: str) -> list[str]:
    """The members of an `Accept` or `Accept-Language` header, the dearest first (RFC 9110, 12.4.2), in lower case.

    A weight that cannot be read counts as 0, and what weighs 0 is not acceptable.
    """
    weighed = [(_weight(parameters), name.strip().lower()) for name, _, parameters in _members(header)]
    return [name for weight, name in sorted(weighed, key=lambda pair: -pair[0]) if name and weight > 0]


def _members(header: str) -> list[tuple[str, str, str]]:
    return [member.partition(";") for member in header.split(",")]


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
