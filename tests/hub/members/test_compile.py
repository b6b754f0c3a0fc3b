"""What a node gets to know: what its places need, and nothing else."""

from datetime import UTC, date, datetime

import pytest

from devices.policy.policy import BadgeState
from devices.policy.rules import DoorRules, MachineRules, Role
from hub.lab import DeviceEntry
from hub.members.compile import Register, adult_since, needed_trainings, policy_for
from hub.members.model import Badge, Member, Training
from tests.hub.members.material import Options, credential, lab

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = NOW.date()


def person(number: int, **details: object) -> Member:
    plain: dict[str, object] = {"id": f"{number:016x}", "name": "Aïcha", "created": TODAY, "active": TODAY}
    return Member(**(plain | details))  # type: ignore[arg-type]  # what a test says


def badge(number: int, of: Member, state: BadgeState = BadgeState.ACTIVE) -> Badge:
    return Badge(id=f"{number:x}", member=of.id, credential=credential(number), state=state, enrolled=NOW)


def compiled(register: Register, **places: DoorRules | MachineRules) -> object:
    return policy_for("entrance", lab(places), register, version=7, issued=NOW, today=TODAY)


def test_a_policy_holds_pseudonyms_and_credentials_but_no_name_or_contact() -> None:
    somebody = person(1, name="Aïcha Diallo", email="a@example.org", phone="+33 6", born=date(2012, 5, 31))
    text = repr(compiled(Register((somebody,), (badge(1, somebody),)), door=DoorRules()))
    assert somebody.id in text
    assert credential(1) in text
    for private in ("Aïcha", "example.org", "+33", "2012"):
        assert private not in text


def test_who_has_no_badge_stands_in_no_policy() -> None:
    with_badge, without = person(1), person(2)
    policy = policy_for(
        "entrance", lab(), Register((with_badge, without), (badge(1, with_badge),)), version=1, issued=NOW, today=TODAY
    )
    assert set(policy.members) == {with_badge.id}


def test_lost_and_revoked_badges_are_told_so_that_they_can_be_told_apart() -> None:
    somebody = person(1)
    states = dict(enumerate(BadgeState))
    register = Register((somebody,), tuple(badge(number, somebody, state) for number, state in states.items()))
    policy = policy_for("entrance", lab(), register, version=1, issued=NOW, today=TODAY)
    assert {key: each.state for key, each in policy.badges.items()} == {credential(n): s for n, s in states.items()}


def test_a_node_hears_only_of_trainings_and_groups_that_its_places_ask_for() -> None:
    somebody = person(1, groups=frozenset({"dance", "wood"}), roles=frozenset({Role.TRAINER}))
    held = tuple(Training(member=somebody.id, name=name, granted=TODAY) for name in ("laser", "mill", "saw"))
    places = {"door": DoorRules(groups=("wood",), training="mill"), "laser": MachineRules()}
    policy = policy_for(
        "entrance", lab(places), Register((somebody,), (badge(1, somebody),), held), version=1, issued=NOW, today=TODAY
    )
    told = policy.members[somebody.id]
    assert set(told.trainings) == {"laser", "mill"}
    assert (told.groups, told.roles) == (frozenset({"wood"}), frozenset({Role.TRAINER}))
    assert policy.places == places


def test_what_began_in_the_past_needs_no_clock() -> None:
    old = person(1, since=date(2020, 1, 1), born=date(2008, 11, 22))
    new = person(2, since=date(2026, 11, 23), until=date(2027, 11, 22), born=date(2008, 11, 23))
    register = Register((old, new), (badge(1, old), badge(2, new)))
    policy = policy_for("entrance", lab(), register, version=1, issued=NOW, today=TODAY)
    first, second = policy.members[old.id], policy.members[new.id]
    assert (first.since, first.until, first.adult_since) == (None, None, None)
    assert (second.since, second.until, second.adult_since) == (new.since, new.until, date(2026, 11, 23))


@pytest.mark.parametrize(
    ("born", "today", "adult"),
    [
        (None, TODAY, None),
        (date(1980, 1, 1), TODAY, None),
        (date(2008, 2, 29), date(2026, 2, 28), date(2026, 3, 1)),
        (date(2008, 2, 29), date(2026, 3, 1), None),
        (date(2010, 5, 31), TODAY, date(2028, 5, 31)),
        (date(2025, 12, 31), TODAY, date(2043, 12, 31)),
    ],
)
def test_of_age_on_the_eighteenth_birthday(born: date | None, today: date, adult: date | None) -> None:
    assert adult_since(born, today) == adult


def test_the_lab_says_which_trainings_there_are_and_what_for() -> None:
    places = {"laser": MachineRules(), "cutter": MachineRules(training="laser"), "sewing": MachineRules(untrained=True)}
    mill = DeviceEntry("mill", "machine", "workshop", Options(MachineRules()))
    assert needed_trainings(lab(places, more={"mill": mill})) == {"laser": ("cutter", "laser"), "mill": ("mill",)}
