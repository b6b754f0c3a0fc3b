"""What one node must know of members and rules, and nothing else: a pure function of the register and the lab.

A day that has come stays come. So what began in the past is left out, and a node that has lost the time can judge
everybody whose rights do not end by a date.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from devices.opening_hours import ZONE
from devices.policy import policy
from devices.policy.policy import Policy
from devices.policy.rules import Rules
from hub.lab import Lab
from hub.members.model import Badge, Member, Training

OF_AGE_YEARS = 18


@dataclass(frozen=True, slots=True)
class Register:
    """All that policies are made of, as it was at one moment."""

    members: tuple[Member, ...] = ()
    badges: tuple[Badge, ...] = ()
    trainings: tuple[Training, ...] = ()


def places(lab: Lab, node: str) -> Mapping[str, Rules]:
    """The doors and machines of a node, with the rules that `config.yaml` gives them."""
    rules = ((name, getattr(entry.options, "rules", None)) for name, entry in lab.devices_of(node).items())
    return {name: each for name, each in rules if isinstance(each, Rules)}


def needed_trainings(lab: Lab) -> Mapping[str, tuple[str, ...]]:
    """The trainings that the lab asks for, and the doors and machines that do."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for node in lab.nodes:
        for place, rules in places(lab, node).items():
            if (needed := rules.needed_training(place)) is not None:
                found[needed].append(place)
    return {name: tuple(sorted(found[name])) for name in sorted(found)}


def policy_for(node: str, lab: Lab, register: Register, *, version: int, issued: datetime, today: date) -> Policy:
    """The policy of one node. `today` is the day in the house, `issued` UTC and aware."""
    here = places(lab, node)
    badges = {badge.credential: policy.Badge(badge.member, badge.state) for badge in register.badges}
    holders = {badge.member for badge in register.badges}
    trainings = _trainings(here, register)
    groups = frozenset(group for rules in here.values() for group in rules.groups)
    members = (
        _told(member, trainings.get(member.id, {}), groups, today)
        for member in register.members
        if member.id in holders
    )
    return Policy(
        site=lab.site,
        node=node,
        version=version,
        issued=issued,
        timezone=ZONE,
        badges=badges,
        members={member.id: member for member in members},
        places=here,
    )


def adult_since(born: date | None, today: date) -> date | None:
    """The eighteenth birthday of a minor; None for whoever is an adult, or was never known to be a minor.

    Whoever was born on 29 February comes of age on 1 March.
    """
    if born is None:
        return None
    leap = (born.month, born.day) == (2, 29)
    year = born.year + OF_AGE_YEARS
    birthday = date(year, 3, 1) if leap and not _is_leap(year) else born.replace(year=year)
    return birthday if birthday > today else None


def _told(member: Member, trainings: Mapping[str, date | None], groups: frozenset[str], today: date) -> policy.Member:
    return policy.Member(
        id=member.id,
        since=member.since if member.since is not None and member.since > today else None,
        until=member.until,
        suspended=member.suspended,
        roles=member.roles,
        groups=member.groups & groups,
        trainings=trainings,
        adult_since=adult_since(member.born, today),
        language=member.language,
    )


def _trainings(here: Mapping[str, Rules], register: Register) -> Mapping[str, Mapping[str, date | None]]:
    needed = {rules.needed_training(place) for place, rules in here.items()}
    found: defaultdict[str, dict[str, date | None]] = defaultdict(dict)
    for training in register.trainings:
        if training.name in needed:
            found[training.member][training.name] = training.expires
    return found


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
