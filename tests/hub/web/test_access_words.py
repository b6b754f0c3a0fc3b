"""Everything that a door, a machine or the desk can say has kind words and a drawing, in every language."""

from collections.abc import Mapping

import pytest

from devices.access.door.access_point import Alarm, Mode
from devices.opening_hours import DAYS, Day, Hours
from devices.policy.decision import Reason
from devices.policy.policy import BadgeState
from devices.policy.rules import Role, Strength
from hub.members.details import Details
from hub.members.exchange.importing import Change
from hub.members.model import AccountRole
from hub.members.retention import RETENTION, Kept
from hub.members.retention import Reason as Why
from hub.web import access_words, members_words, privacy_words
from hub.web.language import LANGUAGES, Language, translations
from tests.hub.web.test_words import DRAWN

EVERY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES.values(), ids=list(LANGUAGES))
COMPLETE: list[tuple[Mapping[str, str], set[str]]] = [
    (access_words.LOGGED, set(Reason)),
    (access_words.DOORS, {"locked", "unlocked", "unknown", *Mode} - {Mode.NORMAL}),
    (access_words.ALARMS, set(Alarm)),
    (members_words.ROLES, set(Role)),
    (members_words.ACCOUNT_ROLES, set(AccountRole)),
    (members_words.BADGES, set(BadgeState)),
    (members_words.STRENGTHS, set(Strength)),
    (members_words.CHANGES, set(Change)),
    (members_words.FIELDS, set(Details.__dataclass_fields__)),
    (privacy_words.KEPT, set(Kept)),
    (privacy_words.SIGNS, set(Kept)),
    (privacy_words.WHY, set(Why)),
    (privacy_words.AFTER, {row.after for row in RETENTION}),
]


@EVERY_LANGUAGE
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_said_kindly(reason: Reason, language: Language) -> None:
    said = translations(language).gettext(access_words.TOLD[reason])
    assert said.endswith((".", "!"))
    assert len(said) < 100, "a small display has no room for more"
    if language.code != "en":
        assert said != access_words.TOLD[reason]


@pytest.mark.parametrize(("words", "everything"), COMPLETE)
def test_nothing_is_without_words(words: Mapping[str, str], everything: set[str]) -> None:
    assert set(words) == {str(each) for each in everything}


def test_every_state_of_door_and_machine_has_its_drawing() -> None:
    assert set(access_words.DOORS) == set(access_words.DOOR_SIGNS)
    assert set(access_words.MACHINES) == set(access_words.MACHINE_SIGNS)
    spoken = {*access_words.TOLD, *access_words.MACHINE_TOLD}
    drawn = {access_words.screen_sign(reason) for reason in spoken}
    signs = {*access_words.DOOR_SIGNS.values(), *access_words.MACHINE_SIGNS.values(), *privacy_words.SIGNS.values()}
    assert signs | drawn | set(members_words.ENROLLED_SIGNS.values()) <= DRAWN
    assert set(members_words.ENROLLED) == set(members_words.ENROLLED_SIGNS)


def test_every_detail_that_can_be_wrong_is_explained() -> None:
    assert set(members_words.FIELDS) <= set(members_words.WRONG)


@pytest.mark.parametrize(
    ("days", "code", "said"),
    [
        (DAYS, "fr", "tous les jours, de 14:00 à 18:30"),
        ((Day.MON,), "fr", "lun., de 14:00 à 18:30"),
        ((Day.TUE, Day.MON), "fr", "lun., mar., de 14:00 à 18:30"),
        ((Day.MON, Day.TUE, Day.WED, Day.SAT), "fr", "lun.–mer., sam., de 14:00 à 18:30"),
        ((Day.SAT, Day.SUN), "en", "Sat, Sun, 14:00 to 18:30"),
    ],
)
def test_hours_are_said_as_a_person_would(days: tuple[Day, ...], code: str, said: str) -> None:
    from datetime import time

    language = LANGUAGES[code]
    hours = Hours(days=tuple(days), since=time(14), until=time(18, 30))
    assert access_words.hours(hours, translations(language).gettext, language) == said
