"""What was published and what was heard of it, in the database: functions inside their caller's transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from hub.members import badges, people, trainings
from hub.members.compile import Register
from hub.members.model import AuditHead
from hub.members.rows import milliseconds, moment
from hub.members.schema import audit_head, policy_version


@dataclass(frozen=True, slots=True)
class Published:
    """The last policy that was published for a node."""

    version: int
    issued: datetime


def register(connection: Connection) -> Register:
    """All that policies are made of."""
    return Register(people.everyone(connection), badges.everyones(connection), trainings.everyones(connection))


def last_published(connection: Connection) -> Mapping[str, Published]:
    """What each node should have."""
    rows = connection.execute(select(policy_version))
    return {row.node: Published(row.version, moment(row.issued)) for row in rows}


def note_published(connection: Connection, policies: Mapping[str, Published]) -> None:
    """These are about to be published."""
    rows = [
        {"node": node, "version": each.version, "issued": milliseconds(each.issued)} for node, each in policies.items()
    ]
    if rows:
        connection.execute(delete(policy_version).where(policy_version.c.node.in_(policies)))
        connection.execute(insert(policy_version), rows)


def note_heads(connection: Connection, heads: Iterable[AuditHead]) -> None:
    """Keep what audit logs said of themselves. A row is never changed, whatever a log says later."""
    rows = [
        {"log": head.log, "entries": head.entries, "hash": head.hash, "at": milliseconds(head.at)} for head in heads
    ]
    if rows:
        connection.execute(insert(audit_head), rows)


def last_heads(connection: Connection) -> tuple[AuditHead, ...]:
    """The last head of each audit log."""
    newest = select(func.max(audit_head.c.id)).group_by(audit_head.c.log)
    chosen = select(audit_head).where(audit_head.c.id.in_(newest)).order_by(audit_head.c.log)
    return tuple(AuditHead(row.log, row.entries, row.hash, moment(row.at)) for row in connection.execute(chosen))


def heads_of(connection: Connection, log: str | None = None) -> tuple[AuditHead, ...]:
    """All heads that were heard of one audit log, or of all, the oldest first."""
    chosen = select(audit_head).order_by(audit_head.c.log, audit_head.c.id)
    if log is not None:
        chosen = chosen.where(audit_head.c.log == log)
    return tuple(AuditHead(row.log, row.entries, row.hash, moment(row.at)) for row in connection.execute(chosen))
