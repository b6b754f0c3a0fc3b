"""The decision: a pure function of policy, credential, place, presence and time."""

from dataclasses import dataclass
from enum import StrEnum

from devices.board.clock import Moment
from devices.policy.policy import Policy
from devices.policy.rules import Strength


class Reason(StrEnum):
    """Why. Pages and displays have kind words for each, in the member's language."""

    GRANTED = "granted"
    GRANTED_AGAIN = "granted-again"
    """Inside already, and soft anti-passback lets it be; it is logged."""
    NO_POLICY = "no-policy"
    """The hub has not yet said anything, or what it said is damaged."""
    POLICY_TOO_OLD = "policy-too-old"
    NO_RULES = "no-rules"
    """The policy does not know this place."""
    UNKNOWN_BADGE = "unknown-badge"
    BADGE_LOST = "badge-lost"
    BADGE_REVOKED = "badge-revoked"
    SUSPENDED = "suspended"
    NOT_YET_MEMBER = "not-yet-member"
    MEMBERSHIP_ENDED = "membership-ended"
    NEEDS_CRYPTO = "needs-crypto"
    WRONG_ROLE = "wrong-role"
    WRONG_GROUP = "wrong-group"
    CLOSED = "closed"
    """Outside the hours."""
    CLOCK_UNTRUSTED = "clock-untrusted"
    """What depends on the time cannot be judged."""
    NO_TRAINING = "no-training"
    TRAINING_ENDED = "training-ended"
    MINORS_NOT_ALLOWED = "minors-not-allowed"
    ADULT_NEEDED = "adult-needed"
    SUPERVISOR_NEEDED = "supervisor-needed"
    SECOND_PERSON_NEEDED = "second-person-needed"
    INSIDE_ALREADY = "inside-already"
    FULL = "full"


COMPANION_HELPS = frozenset({Reason.ADULT_NEEDED, Reason.SUPERVISOR_NEEDED, Reason.SECOND_PERSON_NEEDED})
"""Who is refused for one of these may still be let in when somebody else shows a badge soon after."""


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
    """Who has shown a badge here just before: companions, each still to be let in or not."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`member` and `language` are None for a badge that nobody knows. `logged` are further reasons worth a line."""

    granted: bool
    reason: Reason
    member: str | None = None
    language: str | None = None
    notes: tuple[Reason, ...] = ()
    """Such as CLOCK_UNTRUSTED when a maintainer passed all the same."""


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
    """Whether the badge may, and why (not). `oldest_s`: how old the policy may be at this place; None: any age."""
    raise NotImplementedError
