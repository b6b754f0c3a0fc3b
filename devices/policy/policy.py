"""The policy of one node: keyed hashes and rules, no names. The hub makes and signs it; the node keeps it on disk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from devices.policy.rules import Role, Rules


class BadgeState(StrEnum):
    """What the lab knows of a badge. One that it does not know stands in no policy."""

    ACTIVE = "active"
    LOST = "lost"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Badge:
    """Whose a credential is."""

    member: str
    state: BadgeState = BadgeState.ACTIVE


@dataclass(frozen=True, slots=True)
class Member:
    """What a node must know of a member. Dates are local and included."""

    id: str
    """A pseudonym, random: 16 hex digits. Names stay on the hub."""
    since: date | None = None
    until: date | None = None
    suspended: bool = False
    roles: frozenset[Role] = frozenset()
    groups: frozenset[str] = frozenset()
    trainings: Mapping[str, date | None] = field(default_factory=dict)
    """By name, with the last day on which each is valid; None: for good."""
    adult_since: date | None = None
    """The eighteenth birthday, of those who are or were young enough for it to matter; None: an adult."""
    language: str = "fr"


@dataclass(frozen=True, slots=True)
class Policy:
    """All that a node may know. `issued` is the hub's time, UTC and aware."""

    site: str
    node: str
    version: int
    """Rises with each change; a node refuses an older one."""
    issued: datetime
    timezone: str = "Europe/Paris"
    badges: Mapping[str, Badge] = field(default_factory=dict)
    """By credential: 64 hex digits."""
    members: Mapping[str, Member] = field(default_factory=dict)
    """By pseudonym."""
    places: Mapping[str, Rules] = field(default_factory=dict)
    """By the name of the door or machine."""
    signer: bytes = b""
    """The hub's Ed25519 public key with which it was found good: who else signs with it speaks for the hub."""

    def member_of(self, credential: str) -> Member | None:
        """Whoever the badge belongs to, whatever its state."""
        badge = self.badges.get(credential)
        return None if badge is None else self.members.get(badge.member)
