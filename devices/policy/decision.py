"""The decision: a pure function of policy, credential, place, presence and time."""

from dataclasses import dataclass
from enum import StrEnum

from devices.board.clock import Moment
from devices.policy.judging import Case, refusals
from devices.policy.policy import BadgeState, Member, Policy
from devices.policy.reason import BINDS_MAINTAINERS, COMPANION_HELPS, NOBODY_PROVEN, Reason
from devices.policy.rules import AntiPassback, DoorRules, Role, Rules, Strength

__all__ = ["COMPANION_HELPS", "Decision", "Direction", "Presence", "Presented", "Reason", "decide"]


class Direction(StrEnum):
    """Through a door. A machine is always entered."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Presented:
    """A badge, as a reader's event tells it."""

    credential: str
    strength: Strength


@dataclass(frozen=True, slots=True)
class Presence:
    """Who is there, as far as this node knows. Members by their pseudonyms."""

    inside: frozenset[str] = frozenset()
    """Behind the door; for a machine, in its room."""
    beside: frozenset[str] = frozenset()
    """Who has shown a badge here just before: companions, each still to be let in or not (see `Decision.came`)."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`member` and `language` are None for a badge that nobody knows; else they are given with a refusal, too."""

    granted: bool
    reason: Reason
    member: str | None = None
    language: str | None = None
    notes: tuple[Reason, ...] = ()
    """What a maintainer would have been refused for, such as CLOCK_UNTRUSTED; worth a line in the log."""

    @property
    def came(self) -> str | None:
        """The member who has proven to be here, let in or not: company for others. Not the finder of a badge."""
        return None if self.reason in NOBODY_PROVEN else self.member


def decide(
    policy: Policy | None,
    presented: Presented,
    place: str,
    now: Moment,
    presence: Presence,
    *,
    direction: Direction = Direction.IN,
    oldest_s: float | None = None,
) -> Decision:
    """Whether the badge may, and why (not). `oldest_s`: how old the policy may be at this place; None: any age.

    Of several reasons against it the one is given that stands first in `Reason`.

    Leaving is hardly ever refused: a badge that is known and active opens outwards, whatever else speaks against its
    member. One that is unknown, lost or revoked does not: there are the exit button, the handle and the fire release.

    A maintainer passes at any time, when the clock or the policy's age cannot be believed, alone, untrained, when it
    is full; never with a badge that is lost or revoked, suspended, outside the membership's dates, or without `crypto`
    where it is required. What was overlooked stands in `notes`.
    """
    if policy is None:
        return Decision(granted=False, reason=Reason.NO_POLICY)
    badge, member = policy.badges.get(presented.credential), policy.member_of(presented.credential)
    if badge is None or member is None:
        return Decision(granted=False, reason=Reason.UNKNOWN_BADGE)
    if badge.state is not BadgeState.ACTIVE:
        return _refused(Reason.BADGE_LOST if badge.state is BadgeState.LOST else Reason.BADGE_REVOKED, member)
    if direction is Direction.OUT:
        return _granted(member)
    rules = policy.places.get(place)
    if rules is None:
        return _refused(Reason.NO_RULES, member)
    case = Case(
        policy, place, rules, member, presented.strength, now, presence.inside, presence.beside, oldest_s=oldest_s
    )
    return _judged(case)


def _judged(case: Case) -> Decision:
    against = refusals(case)
    if not against:
        return _granted(case.member, again=case.member.id in case.inside and _says_again(case.rules))
    if Role.MAINTAINER in case.member.roles and BINDS_MAINTAINERS.isdisjoint(against):
        return _granted(case.member, notes=tuple(against))
    return _refused(against[0], case.member)


def _says_again(rules: Rules) -> bool:
    return isinstance(rules, DoorRules) and rules.anti_passback is not AntiPassback.OFF


def _granted(member: Member, *, again: bool = False, notes: tuple[Reason, ...] = ()) -> Decision:
    reason = Reason.GRANTED_AGAIN if again else Reason.GRANTED
    return Decision(granted=True, reason=reason, member=member.id, language=member.language, notes=notes)


def _refused(reason: Reason, member: Member) -> Decision:
    return Decision(granted=False, reason=reason, member=member.id, language=member.language)
