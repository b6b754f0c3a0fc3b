"""Members in the database: each function works inside its caller's transaction."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields

from sqlalchemy import ColumnElement, Connection, Row, Table, delete, func, insert, or_, select, update

from devices.policy.rules import Role
from hub.members import acts
from hub.members.details import Details, changes, searchable
from hub.members.model import Found, Member, NoSuch
from hub.members.rows import new_pseudonym, this_month, today
from hub.members.schema import member, member_group, member_role

IN_SETS = ("roles", "groups")
"""Details that have tables of their own."""


def search(
    connection: Connection, text: str = "", *, group: str | None = None, offset: int = 0, limit: int = 50
) -> Found:
    """Members by name, of whom each word of `text` stands in the name, the e-mail address or the pseudonym."""
    conditions = [_has(word) for word in searchable(text).split()]
    if group is not None:
        conditions.append(member.c.id.in_(select(member_group.c.member).where(member_group.c.name == group)))
    order = member.c.folded, member.c.id
    chosen = select(member).where(*conditions).order_by(*order).offset(offset).limit(limit)
    total = connection.scalar(select(func.count()).select_from(member).where(*conditions)) or 0
    return Found(_members(connection, connection.execute(chosen).all()), total)


def everyone(connection: Connection) -> tuple[Member, ...]:
    """All members, by name."""
    return _members(connection, connection.execute(select(member).order_by(member.c.folded, member.c.id)).all())


def get(connection: Connection, id: str) -> Member:  # noqa: A002 - what it is called everywhere
    """One member.

    Raises:
        NoSuch: nobody has this pseudonym (any more).
    """
    row = connection.execute(select(member).where(member.c.id == id)).one_or_none()
    if row is None:
        raise NoSuch(f"there is no member {id!r} (any more)")
    return _members(connection, [row])[0]


def names(connection: Connection, ids: Collection[str]) -> Mapping[str, str]:
    """What these pseudonyms' members are called; those of whom nobody knows any more are left out."""
    chosen = select(member.c.id, member.c.name).where(member.c.id.in_(ids))
    return {row.id: row.name for row in connection.execute(chosen)}


def groups(connection: Connection) -> tuple[str, ...]:
    """The groups that have members."""
    return tuple(connection.scalars(select(member_group.c.name).distinct().order_by(member_group.c.name)))


def create(connection: Connection, details: Details, *, by: str) -> Member:
    """Take in a new member."""
    id, day = new_pseudonym(), today()  # noqa: A001 - what it is called everywhere
    written = {"id": id, "created": day, "active": this_month(day), "suspended": False}
    connection.execute(insert(member).values(**_columns(details), **written))
    _write_sets(connection, id, details)
    acts.done(connection, by, "member-created", member=id)
    return get(connection, id)


def change(connection: Connection, id: str, details: Details, *, by: str) -> Member:  # noqa: A002
    """Give a member these details in the place of all that were there.

    Raises:
        NoSuch: nobody has this pseudonym.
    """
    changed = changes(get(connection, id), details)
    if changed:
        connection.execute(
            update(member).where(member.c.id == id).values(**_columns(details), active=this_month(today()))
        )
        _write_sets(connection, id, details)
        acts.done(connection, by, "member-changed", member=id, **_told(changed, details))
    return get(connection, id)


def suspend(connection: Connection, id: str, *, suspended: bool = True, by: str) -> Member:  # noqa: A002
    """Bar a member from everything, or let them in again.

    Raises:
        NoSuch: nobody has this pseudonym.
    """
    if get(connection, id).suspended is not suspended:
        connection.execute(update(member).where(member.c.id == id).values(suspended=suspended))
        acts.done(connection, by, "member-suspended" if suspended else "member-readmitted", member=id)
    return get(connection, id)


def was_here(connection: Connection, id: str) -> None:  # noqa: A002
    """The hub has heard of this member: noted as a month, and no closer."""
    month = this_month(today())
    connection.execute(update(member).where(member.c.id == id, member.c.active < month).values(active=month))


def _has(word: str) -> ColumnElement[bool]:
    columns = (member.c.folded, func.lower(member.c.email), member.c.id)
    return or_(*(column.contains(word, autoescape=True) for column in columns))


def _members(connection: Connection, rows: Sequence[Row[tuple[object, ...]]]) -> tuple[Member, ...]:
    only = [row.id for row in rows] if len(rows) <= 100 else None
    roles = _sets(connection, member_role, "role", only)
    groups_of = _sets(connection, member_group, "name", only)
    return tuple(
        Member(
            id=row.id,
            name=row.name,
            email=row.email,
            phone=row.phone,
            born=row.born,
            language=row.language,
            since=row.since,
            until=row.until,
            roles=frozenset(map(Role, roles.get(row.id, ()))),
            groups=frozenset(groups_of.get(row.id, ())),
            suspended=row.suspended,
            created=row.created,
            active=row.active,
        )
        for row in rows
    )


def _sets(connection: Connection, table: Table, column: str, only: Iterable[str] | None) -> Mapping[str, list[str]]:
    chosen = select(table)
    if only is not None:
        chosen = chosen.where(table.c.member.in_(only))
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in connection.execute(chosen):
        found[row.member].append(getattr(row, column))
    return found


def _columns(details: Details) -> dict[str, object]:
    names = [field.name for field in fields(Details) if field.name not in IN_SETS]
    return {name: getattr(details, name) for name in names} | {"folded": searchable(details.name)}


def _write_sets(connection: Connection, id: str, details: Details) -> None:  # noqa: A002
    for table, column, names in ((member_role, "role", details.roles), (member_group, "name", details.groups)):
        connection.execute(delete(table).where(table.c.member == id))
        if names:
            connection.execute(insert(table), [{"member": id, column: str(name)} for name in sorted(names)])


def _told(changed: Iterable[str], details: Details) -> dict[str, list[str]]:
    """Which details changed, and roles and groups with what they became: they are rights, the others are personal."""
    rights = {"roles": details.roles, "groups": details.groups}
    return {"fields": sorted(changed)} | {name: sorted(rights[name]) for name in IN_SETS if name in changed}
