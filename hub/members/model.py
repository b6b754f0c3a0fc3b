"""What the hub knows of members: frozen records, as the pages and the command line get them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from devices.device import Json
from devices.errors import AlcolabError
from devices.policy.policy import BadgeState
from devices.policy.rules import Strength
from hub.members.details import Details

CONSOLE = "console"
"""Who acts when somebody works at the command line of the hub."""
HUB = "hub"
"""Who acts when nobody does: the hub by its own rules."""


class NoSuch(AlcolabError, LookupError):
    """There is no such member, badge, training or account (any more)."""


class Conflict(AlcolabError, ValueError):
    """It cannot be done as things stand; the message says what stands in its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Details):
    """A member. Everybody outside the hub knows only the `id`."""

    id: str
    """A pseudonym, random: 16 hex digits."""
    suspended: bool = False
    created: date
    active: date
    """The first of the month in which the hub last heard of this member."""

    def __post_init__(self) -> None:
        """Nothing: the details were checked before they were written, and ten thousand are read for each policy."""

    def is_member_on(self, day: date) -> bool:
        """Whether the membership runs on this day and is not suspended."""
        begun = self.since is None or self.since <= day
        return begun and (self.until is None or day <= self.until) and not self.suspended


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A badge. The credential is what readers say of it; its number is known to nobody."""

    id: str
    member: str
    credential: str = field(repr=False)
    label: str = ""
    """What a person calls it, such as "blue key fob"."""
    strength: Strength = Strength.UID
    state: BadgeState = BadgeState.ACTIVE
    enrolled: datetime
    ended: datetime | None = None
    """When it was revoked or reported lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """That a member may use a machine (an *habilitation*)."""

    member: str
    name: str
    granted: date
    by: str | None = None
    """The pseudonym of who granted it: an account's, or `CONSOLE`."""
    expires: date | None = None
    """The last day on which it is valid; None: for good."""

    def is_valid_on(self, day: date) -> bool:
        return self.expires is None or day <= self.expires


class AccountRole(StrEnum):
    """What somebody who logs in may do on the pages."""

    ADMINISTRATOR = "administrator"
    TRAINER = "trainer"
    RECEPTION = "reception"
    TECHNICIAN = "technician"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who may log in to the pages."""

    id: str
    """A pseudonym, random: 16 hex digits. It is what audit logs name."""
    name: str
    role: AccountRole
    member: str | None = None
    created: datetime
    disabled: bool = False
    password_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody who has logged in. Only the hash of what the browser shows is kept."""

    token_hash: str = field(repr=False)
    account: str
    created: datetime
    last_seen: datetime
    expires: datetime
    csrf: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search, by name; `total` counts all pages."""

    members: tuple[Member, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did, for the audit log: pseudonyms, never names."""

    at: datetime
    by: str
    kind: str
    data: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NodePolicyReport:
    """Which policy a node should have, and which one it says that it has."""

    node: str
    version: int | None
    """The last that was published; None: none yet."""
    issued: datetime | None
    has: int | None
    """What the node last said; None: nothing, or that it has none."""
    online: bool
    has_key: bool
    """Without `nodes.<node>.policy_key` in config.yaml nothing can be sealed for it."""

    @property
    def up_to_date(self) -> bool:
        return self.version is not None and self.has == self.version


@dataclass(frozen=True, slots=True)
class AuditHead:
    """How far an audit log had come when its head was published: a proof kept apart from the log."""

    log: str
    """The door or machine."""
    entries: int
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Problem:
    """What an administrator should look after. Pages have words for each kind; `data` are its particulars."""

    kind: str
    about: str
    """A node, a device or a pseudonym."""
    at: datetime
    data: Mapping[str, Json] = field(default_factory=dict)
