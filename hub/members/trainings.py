"""Trainings (*habilitations*) in the database: each function works inside its caller's transaction."""

from datetime import date

from sqlalchemy import Connection, Row, delete, insert, select

from devices.errors import Refused
from hub.members import accounts, acts, people
from hub.members.details import BadDetails, name_of
from hub.members.model import CONSOLE, AccountRole, Member, NoSuch, Training
from hub.members.rows import today
from hub.members.schema import training


def grant(
    connection: Connection, member: str, name: str, *, by: str, granted: date | None = None, expires: date | None = None
) -> Training:
    """A member may use what `name` is the training for; granted again, it is renewed.

    Raises:
        NoSuch: there is no such member.
        Refused: `by` is a trainer who has no valid training for it themselves.
        BadDetails: it would end before it begins, or the name could stand in no configuration.
    """
    people.get(connection, member)
    name_of("training", name)
    if not may_train(connection, by, name):
        raise Refused(f"who trains others for {name} needs that training themselves")
    since = granted or today()
    if expires is not None and expires < since:
        raise BadDetails("expires", f"the training would end ({expires}) before it begins ({since})")
    _delete(connection, member, name)
    connection.execute(insert(training).values(member=member, name=name, granted=since, granted_by=by, expires=expires))
    until = None if expires is None else expires.isoformat()
    acts.done(connection, by, "training-granted", member=member, training=name, expires=until)
    return Training(member=member, name=name, granted=since, by=by, expires=expires)


def withdraw(connection: Connection, member: str, name: str, *, by: str) -> None:
    """A member may not use it any more.

    Raises:
        NoSuch: they never had this training.
    """
    if not _delete(connection, member, name):
        raise NoSuch(f"member {member!r} has no training {name!r}")
    acts.done(connection, by, "training-withdrawn", member=member, training=name)


def of(connection: Connection, member: str) -> tuple[Training, ...]:
    """A member's trainings, by name."""
    chosen = select(training).where(training.c.member == member).order_by(training.c.name)
    return tuple(_training(row) for row in connection.execute(chosen))


def holders(connection: Connection, name: str) -> tuple[tuple[Member, Training], ...]:
    """Who has a training, by name, also where it has ended."""
    rows = connection.execute(select(training).where(training.c.name == name))
    held = {row.member: _training(row) for row in rows}
    return tuple((member, held[member.id]) for member in people.everyone(connection) if member.id in held)


def everyones(connection: Connection) -> tuple[Training, ...]:
    """All trainings of all members."""
    chosen = select(training).order_by(training.c.member, training.c.name)
    return tuple(_training(row) for row in connection.execute(chosen))


def may_train(connection: Connection, by: str, name: str) -> bool:
    """Whether an account may say that somebody is trained.

    Administrators may; trainers do in good standing, with a valid training of their own.
    """
    if by == CONSOLE:
        return True
    account = accounts.get(connection, by)
    if account.role is not AccountRole.TRAINER or account.member is None:
        return account.role is AccountRole.ADMINISTRATOR
    has = any(each.name == name and each.is_valid_on(today()) for each in of(connection, account.member))
    return has and people.get(connection, account.member).is_member_on(today())


def _delete(connection: Connection, member: str, name: str) -> bool:
    gone = delete(training).where(training.c.member == member, training.c.name == name)
    return connection.execute(gone).rowcount > 0


def _training(row: Row[tuple[object, ...]]) -> Training:
    return Training(member=row.member, name=row.name, granted=row.granted, by=row.granted_by, expires=row.expires)
