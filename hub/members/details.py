"""What can be said of a member, checked before it reaches the database."""

import re
import unicodedata
from dataclasses import dataclass, fields
from datetime import date

from devices.errors import AlcolabError
from devices.policy.rules import Role

LANGUAGES = ("fr", "en", "ar", "tr", "pt", "uk")
NAME_MOST, TEXT_MOST = 200, 254
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""Of groups and trainings: they stand in `config.yaml`, where names look like this."""
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PHONE = re.compile(r"\+?[0-9 ().-]{4,30}")
EARLIEST_BIRTH = date(1900, 1, 1)


class BadDetails(AlcolabError, ValueError):
    """What was entered cannot be right. `field` names the detail."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """A member's details, of which only the name must be known. Days are local and included.

    Raises:
        BadDetails: one of them cannot be right.
    """

    name: str
    email: str = ""
    phone: str = ""
    born: date | None = None
    """Known of minors, and of those who were when they came."""
    language: str = "fr"
    since: date | None = None
    until: date | None = None
    """The last day of the membership; None: for good."""
    roles: frozenset[Role] = frozenset()
    groups: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        text("name", self.name, NAME_MOST)
        if not self.name:
            raise BadDetails("name", "a member needs a name")
        self._check_contact()
        if self.language not in LANGUAGES:
            raise BadDetails("language", f"{self.language!r} is none of our languages: {', '.join(LANGUAGES)}")
        if self.born is not None and self.born < EARLIEST_BIRTH:
            raise BadDetails("born", f"nobody was born on {self.born}")
        if self.since and self.until and self.until < self.since:
            raise BadDetails("until", f"the membership ends ({self.until}) before it begins ({self.since})")
        for group in self.groups:
            name_of("groups", group)

    def _check_contact(self) -> None:
        text("email", self.email, TEXT_MOST)
        if self.email and not EMAIL.fullmatch(self.email):
            raise BadDetails("email", f"{self.email!r} is no e-mail address")
        if self.phone and not PHONE.fullmatch(self.phone):
            raise BadDetails("phone", f"{self.phone!r} is no telephone number")


def text(field: str, given: str, most: int) -> str:
    """One line of text, as it was given.

    Raises:
        BadDetails: it is too long, has spaces around it, or characters that nobody sees.
    """
    if len(given) > most:
        raise BadDetails(field, f"{field}: at most {most} characters")
    if given != given.strip() or any(unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"} for each in given):
        raise BadDetails(field, f"{field}: {given!r} has spaces at its ends, or characters that cannot be seen")
    return given


def name_of(field: str, given: str) -> str:
    """The name of a group or training.

    Raises:
        BadDetails: it could not stand in `config.yaml`.
    """
    if not NAME.fullmatch(given):
        raise BadDetails(field, f"{field}: {given!r} should be small letters, digits and hyphens, such as laser-cutter")
    return given


def searchable(given: str) -> str:
    """The form in which names are searched and sorted: without accents, in small letters (Unicode, D146)."""
    folded = given
    for _ in range(2):
        folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", folded).casefold())
    return "".join(each for each in folded.replace("ı", "i") if not unicodedata.combining(each))


def changes(before: Details, after: Details) -> tuple[str, ...]:
    """The details that differ."""
    return tuple(each.name for each in fields(Details) if getattr(before, each.name) != getattr(after, each.name))
