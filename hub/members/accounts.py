"""Who may log in to the pages, and who has: each function works inside its caller's transaction.

Passwords are hashed by `passwords.py`; how logins are throttled and what cookies carry is the pages' business.
"""

from datetime import datetime

from sqlalchemy import Connection, Row, delete, insert, select, update

from hub.members import acts, people
from hub.members.details import NAME_MOST, BadDetails, text
from hub.members.model import Account, AccountRole, Conflict, NoSuch, Session
from hub.members.rows import milliseconds, moment, new_pseudonym, now
from hub.members.schema import account, session


def create(
    connection: Connection, name: str, password_hash: str, role: AccountRole, *, member: str | None = None, by: str
) -> Account:
    """Let somebody log in.

    Raises:
        Conflict: there is an account of this name.
        NoSuch: there is no such member.
        BadDetails: this is no name.
    """
    if not text("name", name, NAME_MOST):
        raise BadDetails("name", "an account needs a name")
    if find(connection, name) is not None:
        raise Conflict(f"there is an account {name!r} already")
    if member is not None:
        people.get(connection, member)
    id = new_pseudonym()  # noqa: A001 - what it is called everywhere
    written = {"created": milliseconds(now()), "disabled": False, "role": role.value, "member": member}
    connection.execute(insert(account).values(id=id, name=name, password_hash=password_hash, **written))
    acts.done(connection, by, "account-created", account=id, role=role.value, member=member)
    return get(connection, id)


def find(connection: Connection, name: str) -> Account | None:
    """The account with this name, also a disabled one."""
    row = connection.execute(select(account).where(account.c.name == name)).one_or_none()
    return None if row is None else _account(row)


def get(connection: Connection, id: str) -> Account:  # noqa: A002 - what it is called everywhere
    """One account.

    Raises:
        NoSuch: there is none with this id.
    """
    row = connection.execute(select(account).where(account.c.id == id)).one_or_none()
    if row is None:
        raise NoSuch(f"there is no account {id!r} (any more)")
    return _account(row)


def of_member(connection: Connection, member: str) -> tuple[Account, ...]:
    """The accounts with which a member logs in."""
    chosen = select(account).where(account.c.member == member).order_by(account.c.name)
    return tuple(_account(row) for row in connection.execute(chosen))


def everyones(connection: Connection) -> tuple[Account, ...]:
    """All accounts, by name."""
    return tuple(_account(row) for row in connection.execute(select(account).order_by(account.c.name)))


def set_password_hash(connection: Connection, id: str, password_hash: str, *, by: str) -> None:  # noqa: A002
    """Another password; whoever has logged in with the old one must log in again.

    Raises:
        NoSuch: there is no such account.
    """
    get(connection, id)
    connection.execute(update(account).where(account.c.id == id).values(password_hash=password_hash))
    connection.execute(delete(session).where(session.c.account == id))
    acts.done(connection, by, "password-changed", account=id)


def rehash(connection: Connection, id: str, password_hash: str) -> None:  # noqa: A002
    """The same password, hashed with today's parameters: nobody is logged out."""
    connection.execute(update(account).where(account.c.id == id).values(password_hash=password_hash))


def set_role(connection: Connection, id: str, role: AccountRole, *, by: str) -> Account:  # noqa: A002
    """Let an account do more, or less.

    Raises:
        NoSuch: there is no such account.
        Conflict: nobody would be left to administer the lab.
    """
    known = get(connection, id)
    if known.role is not role:
        keep_an_administrator(connection, known)
        connection.execute(update(account).where(account.c.id == id).values(role=role.value))
        acts.done(connection, by, "account-role", account=id, role=role.value)
    return get(connection, id)


def disable(connection: Connection, id: str, *, disabled: bool = True, by: str) -> Account:  # noqa: A002
    """Let an account log in no more (or again); where it is logged in, that ends.

    Raises:
        NoSuch: there is no such account.
        Conflict: nobody would be left to administer the lab.
    """
    known = get(connection, id)
    if known.disabled is not disabled:
        if disabled:
            keep_an_administrator(connection, known)
            connection.execute(delete(session).where(session.c.account == id))
        connection.execute(update(account).where(account.c.id == id).values(disabled=disabled))
        acts.done(connection, by, "account-disabled" if disabled else "account-enabled", account=id)
    return get(connection, id)


def open_session(connection: Connection, new: Session) -> None:
    """Somebody has logged in. What has expired meanwhile goes."""
    connection.execute(delete(session).where(session.c.expires <= milliseconds(now())))
    written = {name: milliseconds(getattr(new, name)) for name in ("created", "last_seen", "expires")}
    connection.execute(insert(session).values(token_hash=new.token_hash, account=new.account, csrf=new.csrf, **written))


def find_session(connection: Connection, token_hash: str) -> tuple[Session, Account] | None:
    """Who shows this token; None for one that has expired, or whose account is disabled."""
    row = connection.execute(select(session).where(session.c.token_hash == token_hash)).one_or_none()
    if row is None or moment(row.expires) <= now():
        return None
    whose = get(connection, row.account)
    return None if whose.disabled else (_session(row), whose)


def touch_session(connection: Connection, token_hash: str, seen: datetime) -> None:
    """It was used."""
    connection.execute(update(session).where(session.c.token_hash == token_hash).values(last_seen=milliseconds(seen)))


def close_session(connection: Connection, token_hash: str) -> None:
    """Somebody has logged out."""
    connection.execute(delete(session).where(session.c.token_hash == token_hash))


def close_sessions(connection: Connection, account_id: str) -> None:
    """Somebody has logged out, everywhere."""
    connection.execute(delete(session).where(session.c.account == account_id))


def keep_an_administrator(connection: Connection, leaving: Account) -> None:
    """See that somebody else could administer the lab.

    Raises:
        Conflict: nobody would be left.
    """
    if leaving.role is not AccountRole.ADMINISTRATOR or leaving.disabled:
        return
    administrators = account.c.role == AccountRole.ADMINISTRATOR.value, account.c.disabled.is_(False)
    others = select(account.c.id).where(*administrators, account.c.id != leaving.id).limit(1)
    if connection.scalar(others) is None:
        raise Conflict("nobody would be left to administer the lab: make another administrator first")


def _account(row: Row[tuple[object, ...]]) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        role=AccountRole(row.role),
        member=row.member,
        created=moment(row.created),
        disabled=row.disabled,
        password_hash=row.password_hash,
    )


def _session(row: Row[tuple[object, ...]]) -> Session:
    return Session(
        token_hash=row.token_hash,
        account=row.account,
        created=moment(row.created),
        last_seen=moment(row.last_seen),
        expires=moment(row.expires),
        csrf=row.csrf,
    )
