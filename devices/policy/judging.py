"""What a member is refused for at a place: small pure functions, each one rule.

A rule that needs the time answers CLOCK_UNTRUSTED where the clock cannot be believed, and says nothing where it does
not apply to this member.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeAlias

from devices.board.clock import Moment
from devices.opening_hours import Week, local_zone
from devices.policy.policy import Member, Policy
from devices.policy.reason import RANK, Reason
from devices.policy.rules import AntiPassback, DoorRules, Minors, Role, Rules, Strength

SUPERVISES = frozenset({Role.SUPERVISOR, Role.TRAINER})


@dataclass(frozen=True, slots=True)
class Case:
    """One member at one place at one moment. `inside` and `beside` are pseudonyms, see `Presence`."""

    policy: Policy
    place: str
    rules: Rules
    member: Member
    strength: Strength
    now: Moment
    inside: frozenset[str]
    beside: frozenset[str]
    oldest_s: float | None = None

    @property
    def today(self) -> date | None:
        """The local date; None while the clock cannot be believed."""
        return self.now.utc.astimezone(local_zone(self.policy.timezone)).date() if self.now.trusted else None


Rule: TypeAlias = Callable[[Case], Reason | None]


def refusals(case: Case) -> list[Reason]:
    """All reasons that speak against it, the one to be said first; none: the member may."""
    return sorted(_broken((*PERSONAL, *OF_THE_PLACE, *OF_COMPANY), case), key=RANK.__getitem__)


def _broken(rules: tuple[Rule, ...], case: Case) -> set[Reason]:
    return {reason for rule in rules if (reason := rule(case)) is not None}


def _dates(member: Member, today: date | None) -> Reason | None:
    """What the dates of a membership say against it."""
    if member.since is None and member.until is None:
        return None
    if today is None:
        return Reason.CLOCK_UNTRUSTED
    if member.since is not None and today < member.since:
        return Reason.NOT_YET_MEMBER
    if member.until is not None and today > member.until:
        return Reason.MEMBERSHIP_ENDED
    return None


def _in_good_standing(member: Member, today: date | None) -> bool:
    return not member.suspended and _dates(member, today) is None


def _is_adult(member: Member, today: date | None) -> bool:
    """Known to be one: whoever has a birthday to come may still be a minor while the date is not known."""
    return member.adult_since is None or (today is not None and today >= member.adult_since)


# Of the member and the badge.


def _strength(case: Case) -> Reason | None:
    weak = case.rules.requires is Strength.CRYPTO and case.strength is not Strength.CRYPTO
    return Reason.NEEDS_CRYPTO if weak else None


def _suspension(case: Case) -> Reason | None:
    return Reason.SUSPENDED if case.member.suspended else None


def _membership(case: Case) -> Reason | None:
    return _dates(case.member, case.today)


def _role(case: Case) -> Reason | None:
    return Reason.WRONG_ROLE if case.rules.roles and case.member.roles.isdisjoint(case.rules.roles) else None


def _group(case: Case) -> Reason | None:
    return Reason.WRONG_GROUP if case.rules.groups and case.member.groups.isdisjoint(case.rules.groups) else None


def _training(case: Case) -> Reason | None:
    needed, today = case.rules.needed_training(case.place), case.today
    if needed is None:
        return None
    if needed not in case.member.trainings:
        return Reason.NO_TRAINING
    until = case.member.trainings[needed]
    if until is None:
        return None
    if today is None:
        return Reason.CLOCK_UNTRUSTED
    return Reason.TRAINING_ENDED if today > until else None


def _minors(case: Case) -> Reason | None:
    if case.rules.minors is not Minors.NO or _is_adult(case.member, case.today):
        return None
    return Reason.CLOCK_UNTRUSTED if case.today is None else Reason.MINORS_NOT_ALLOWED


# Of the place and the moment.


def _age_of_policy(case: Case) -> Reason | None:
    if case.oldest_s is None:
        return None
    if not case.now.trusted:
        return Reason.CLOCK_UNTRUSTED
    # A policy from a time to come is from a hub with a wrong clock, and says as little about its age.
    too_old = abs(case.now.utc - case.policy.issued) > timedelta(seconds=case.oldest_s)
    return Reason.POLICY_TOO_OLD if too_old else None


def _hours(case: Case) -> Reason | None:
    rules = case.rules
    if not rules.hours and not rules.closed:
        return None
    if not case.now.trusted:
        return Reason.CLOCK_UNTRUSTED
    if rules.hours:
        is_open = Week(rules.hours, local_zone(case.policy.timezone), closed=rules.closed).covers(case.now.utc)
    else:
        is_open = case.today not in rules.closed
    return None if is_open else Reason.CLOSED


def _anti_passback(case: Case) -> Reason | None:
    hard = isinstance(case.rules, DoorRules) and case.rules.anti_passback is AntiPassback.HARD
    return Reason.INSIDE_ALREADY if hard and case.member.id in case.inside else None


def _capacity(case: Case) -> Reason | None:
    if not isinstance(case.rules, DoorRules) or case.rules.capacity is None:
        return None
    return Reason.FULL if len(case.inside - {case.member.id}) >= case.rules.capacity else None


# Of company.


def _adult(case: Case) -> Reason | None:
    today = case.today
    if case.rules.minors is not Minors.WITH_ADULT or _is_adult(case.member, today):
        return None
    return None if any(_is_adult(other, today) for other in _company(case)) else Reason.ADULT_NEEDED


def _supervisor(case: Case) -> Reason | None:
    if not case.rules.supervised or case.member.roles & SUPERVISES:
        return None
    return None if any(other.roles & SUPERVISES for other in _company(case)) else Reason.SUPERVISOR_NEEDED


def _second_person(case: Case) -> Reason | None:
    if not case.rules.two_persons:
        return None
    return None if any(_company(case)) else Reason.SECOND_PERSON_NEEDED


def _company(case: Case) -> Iterator[Member]:
    """The others who are there, in good standing; at a door, who is still outside must be let in as well."""
    today = case.today
    for pseudonym in (case.inside | case.beside) - {case.member.id}:
        other = case.policy.members.get(pseudonym)
        if other is not None and _in_good_standing(other, today) and _gets_there(case, other):
            yield other


def _gets_there(case: Case, other: Member) -> bool:
    if other.id in case.inside or not isinstance(case.rules, DoorRules) or Role.MAINTAINER in other.roles:
        return True
    then = replace(case, member=other, inside=case.inside | {case.member.id})
    return not _broken((*PERSONAL, *OF_THE_PLACE), then)


PERSONAL: tuple[Rule, ...] = (_strength, _suspension, _membership, _role, _group, _training, _minors)
OF_THE_PLACE: tuple[Rule, ...] = (_age_of_policy, _hours, _anti_passback, _capacity)
OF_COMPANY: tuple[Rule, ...] = (_adult, _supervisor, _second_person)
