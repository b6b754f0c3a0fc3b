"""Why somebody may or may not. Pages and displays have kind words for each, in the member's language."""

from enum import StrEnum


class Reason(StrEnum):
    """In the order in which they are said: of several, the first.

    What concerns the badge comes before what concerns its member, so that a found or copied badge tells nothing of
    anybody. Then what no waiting changes, then what comes right by itself, and last what a companion helps with: who
    hears one of those needs nothing else.
    """

    GRANTED = "granted"
    GRANTED_AGAIN = "granted-again"
    """Inside already, and soft anti-passback lets it be; it is logged."""
    NO_POLICY = "no-policy"
    """The hub has not yet said anything, or what it said is damaged."""
    UNKNOWN_BADGE = "unknown-badge"
    BADGE_LOST = "badge-lost"
    BADGE_REVOKED = "badge-revoked"
    NO_RULES = "no-rules"
    """The policy does not know this place."""
    NEEDS_CRYPTO = "needs-crypto"
    SUSPENDED = "suspended"
    NOT_YET_MEMBER = "not-yet-member"
    MEMBERSHIP_ENDED = "membership-ended"
    WRONG_ROLE = "wrong-role"
    WRONG_GROUP = "wrong-group"
    NO_TRAINING = "no-training"
    TRAINING_ENDED = "training-ended"
    MINORS_NOT_ALLOWED = "minors-not-allowed"
    POLICY_TOO_OLD = "policy-too-old"
    CLOCK_UNTRUSTED = "clock-untrusted"
    """What depends on the time cannot be judged."""
    CLOSED = "closed"
    """Outside the hours."""
    INSIDE_ALREADY = "inside-already"
    FULL = "full"
    ADULT_NEEDED = "adult-needed"
    SUPERVISOR_NEEDED = "supervisor-needed"
    SECOND_PERSON_NEEDED = "second-person-needed"


RANK = {reason: rank for rank, reason in enumerate(Reason)}
COMPANION_HELPS = frozenset({Reason.ADULT_NEEDED, Reason.SUPERVISOR_NEEDED, Reason.SECOND_PERSON_NEEDED})
"""Who is refused for one of these may still be let in when somebody else shows a badge soon after."""
BINDS_MAINTAINERS = frozenset(
    {Reason.NEEDS_CRYPTO, Reason.SUSPENDED, Reason.NOT_YET_MEMBER, Reason.MEMBERSHIP_ENDED},
)
"""What refuses even those who pass at any time."""
NOBODY_PROVEN = frozenset(
    {Reason.NO_POLICY, Reason.UNKNOWN_BADGE, Reason.BADGE_LOST, Reason.BADGE_REVOKED, Reason.NEEDS_CRYPTO}
)
"""After these, nobody can be said to have come."""
