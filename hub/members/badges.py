"""Badges in the database: each function works inside its caller's transaction."""

import re

from sqlalchemy import Connection, Row, delete, insert, select, update

from devices.policy.policy import BadgeState
from devices.policy.rules import Strength
from hub.members import acts, people
from hub.members.details import TEXT_MOST, BadDetails, text
from hub.members.model import Badge, Conflict, NoSuch
from hub.members.rows import milliseconds, moment, moment_or_none, new_pseudonym, now
from hub.members.schema import badge

CREDENTIAL = re.compile(r"[0-9a-f]{64}")
"""HMAC-SHA-256 of the card's number with the site's key: `devices/access/site_key.py`."""


def enrol(
    connection: Connection, member: str, credential: str, *, label: str = "", strength: Strength = Strength.UID, by: str
) -> Badge:
    """Give a member a badge. One that was revoked may be given to somebody else.

    Raises:
        NoSuch: there is no such member.
        Conflict: the badge is in use, or was reported lost.
        BadDetails: this is no credential, or no label.
    """
    if not CREDENTIAL.fullmatch(credential):
        raise BadDetails("credential", "a badge's credential is 64 hex digits, as readers say it")
    text("label", label, TEXT_MOST)
    people.get(connection, member)
    known = connection.execute(select(badge).where(badge.c.credential == credential)).one_or_none()
    if known is not None:
        _make_free(connection, _badge(known))
    new = {"id": new_pseudonym(), "member": member, "credential": credential, "label": label}
    written = {"strength": strength.value, "state": BadgeState.ACTIVE.value, "enrolled": milliseconds(now())}
    connection.execute(insert(badge).values(**new, **written))
    acts.done(connection, by, "badge-enrolled", member=member, badge=new["id"], strength=strength.value)
    return get(connection, new["id"])


def revoke(connection: Connection, id: str, *, by: str) -> Badge:  # noqa: A002 - what it is called everywhere
    """Take a badge back, or out of use: it opens nothing any more.

    Raises:
        NoSuch: there is no such badge.
    """
    return _put(connection, id, BadgeState.REVOKED, "badge-revoked", by)


def lost(connection: Connection, id: str, *, by: str) -> Badge:  # noqa: A002
    """The member reports it lost: it opens nothing, and whoever shows it is noticed.

    Raises:
        NoSuch: there is no such badge.
    """
    return _put(connection, id, BadgeState.LOST, "badge-lost", by)


def found(connection: Connection, id: str, *, by: str) -> Badge:  # noqa: A002
    """A badge that was lost or revoked is its member's again.

    Raises:
        NoSuch: there is no such badge.
    """
    return _put(connection, id, BadgeState.ACTIVE, "badge-found", by)


def get(connection: Connection, id: str) -> Badge:  # noqa: A002
    """One badge.

    Raises:
        NoSuch: there is none with this id.
    """
    row = connection.execute(select(badge).where(badge.c.id == id)).one_or_none()
    if row is None:
        raise NoSuch(f"there is no badge {id!r} (any more)")
    return _badge(row)


def of(connection: Connection, member: str) -> tuple[Badge, ...]:
    """A member's badges, the newest first."""
    chosen = select(badge).where(badge.c.member == member).order_by(badge.c.enrolled.desc(), badge.c.id)
    return tuple(_badge(row) for row in connection.execute(chosen))


def everyones(connection: Connection) -> tuple[Badge, ...]:
    """All badges that the hub knows."""
    return tuple(_badge(row) for row in connection.execute(select(badge).order_by(badge.c.id)))


def with_credential(connection: Connection, credential: str) -> Badge | None:
    """The badge of which readers say this; None for one that nobody has enrolled."""
    row = connection.execute(select(badge).where(badge.c.credential == credential)).one_or_none()
    return None if row is None else _badge(row)


def _make_free(connection: Connection, known: Badge) -> None:
    if known.state is not BadgeState.REVOKED:
        how = "was reported lost" if known.state is BadgeState.LOST else "is in use"
        raise Conflict(f"this badge {how} (member {known.member}): revoke it there first")
    connection.execute(delete(badge).where(badge.c.id == known.id))


def _put(connection: Connection, id: str, state: BadgeState, kind: str, by: str) -> Badge:  # noqa: A002
    known = get(connection, id)
    if known.state is not state:
        ended = None if state is BadgeState.ACTIVE else milliseconds(now())
        connection.execute(update(badge).where(badge.c.id == id).values(state=state.value, ended=ended))
        acts.done(connection, by, kind, member=known.member, badge=id)
    return get(connection, id)


def _badge(row: Row[tuple[object, ...]]) -> Badge:
    return Badge(
        id=row.id,
        member=row.member,
        credential=row.credential,
        label=row.label,
        strength=Strength(row.strength),
        state=BadgeState(row.state),
        enrolled=moment(row.enrolled),
        ended=moment_or_none(row.ended),
    )
