"""What must not go back when an older database is put in the place of a newer one."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, delete, insert, select, update

from hub.members import acts
from hub.members.model import CONSOLE
from hub.members.schema import account, awaited_badge, erased, member, policy_version, session


@dataclass(frozen=True, slots=True)
class Remembered:
    """Of the members that are there: the versions of each node's policies, and who was erased when."""

    versions: dict[str, int] = field(default_factory=dict)
    erased: dict[str, date] = field(default_factory=dict)


def remembered(connection: Connection) -> Remembered:
    """What the database knows of it."""
    return Remembered(
        {row.node: row.version for row in connection.execute(select(policy_version))},
        {row.id: row.day for row in connection.execute(select(erased))},
    )


def carry_over(connection: Connection, before: Remembered, *, made: str, version_least: int) -> None:
    """Let the restored database know what happened since: nobody who was erased comes back, no session revives.

    `made` is when the backup was; no node's policy will be older than version `version_least`.
    """
    for node, version in (remembered(connection).versions | before.versions).items():
        known = remembered(connection).versions.get(node)
        at_least = max(version, known or 0, version_least)
        if known is None:
            connection.execute(insert(policy_version).values(node=node, version=at_least, issued=0))
        else:
            connection.execute(
                update(policy_version).where(policy_version.c.node == node).values(version=at_least, issued=0)
            )
    connection.execute(delete(session))
    connection.execute(delete(awaited_badge))
    for id, day in before.erased.items():  # noqa: A001 - what it is called everywhere
        connection.execute(delete(account).where(account.c.member == id))
        connection.execute(delete(member).where(member.c.id == id))
        if connection.scalar(select(erased.c.id).where(erased.c.id == id)) is None:
            connection.execute(insert(erased).values(id=id, day=day))
    acts.done(connection, CONSOLE, "backup-restored", made=made)
