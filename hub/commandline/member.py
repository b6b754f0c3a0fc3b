"""`alcolab member`: who is a member and what they may use, from the hub's command line."""

import json
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.commandline import badge, exchange
from hub.commandline.members_here import Who, day, meant, with_members
from hub.commandline.options import StateFolder

if TYPE_CHECKING:
    from hub.members.model import Member
    from hub.members.store import Store

app = typer.Typer(help="Members, their badges and trainings; on the hub.", no_args_is_help=True)
app.add_typer(badge.app, name="badge")
app.command("import")(exchange.import_members)
app.command("export")(exchange.export_members)


class RoleName(StrEnum):
    SUPERVISOR = "supervisor"
    TRAINER = "trainer"
    RECEPTION = "reception"
    MAINTAINER = "maintainer"
    ADMINISTRATOR = "administrator"


Email = Annotated[str | None, typer.Option(help="E-mail address; empty to remove it.")]
Phone = Annotated[str | None, typer.Option(help="Telephone number; empty to remove it.")]
Born = Annotated[date | None, typer.Option(parser=day, metavar="DAY", help="Birth date, of minors.")]
Language = Annotated[str | None, typer.Option(help="fr, en, ar, tr, pt or uk.")]
Since = Annotated[date | None, typer.Option(parser=day, metavar="DAY", help="First day of the membership.")]
Until = Annotated[date | None, typer.Option(parser=day, metavar="DAY", help="Last day of the membership.")]
Roles = Annotated[list[RoleName] | None, typer.Option("--role", help="A role in the lab; again for more.")]
Groups = Annotated[list[str] | None, typer.Option("--group", help="A group; again for more.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command("list")
def list_members(
    text: Annotated[
        str, typer.Argument(metavar="[TEXT]", help="Only those with these words in name or e-mail address.")
    ] = "",
    *,
    group: Annotated[str | None, typer.Option(help="Only this group.")] = None,
    state: StateFolder = None,
) -> None:
    """List members by name, each with the pseudonym that logs and doors know."""
    from hub.members import people

    everybody = 1_000_000
    found = with_members(state, lambda store: store.read(people.search, text, group=group, limit=everybody))
    for member in found.members:
        typer.echo(_line(member))


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="First and last name.")],
    *,
    email: Email = None,
    phone: Phone = None,
    born: Born = None,
    language: Language = None,
    since: Since = None,
    until: Until = None,
    role: Roles = None,
    group: Groups = None,
    state: StateFolder = None,
) -> None:
    """Take in a member."""
    from hub.members import people
    from hub.members.details import Details
    from hub.members.model import CONSOLE

    given = _given(role, group, email=email, phone=phone, born=born, language=language, since=since, until=until)
    details = Details(**{"name": name} | given)
    member = with_members(state, lambda store: store.write(people.create, details, by=CONSOLE), begin=True)
    typer.echo(_line(member))


@app.command()
def show(member: Who, state: StateFolder = None) -> None:
    """Show all that the hub knows of a member."""
    from hub.members.exchange import exporting

    async def found(store: "Store") -> Any:
        return await store.read(exporting.about, (await meant(store, member)).id)

    typer.echo(json.dumps(with_members(state, found), ensure_ascii=False, indent=2))


@app.command()
def change(
    member: Who,
    *,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    email: Email = None,
    phone: Phone = None,
    born: Born = None,
    language: Language = None,
    since: Since = None,
    until: Until = None,
    role: Roles = None,
    group: Groups = None,
    state: StateFolder = None,
) -> None:
    """Change what is given; roles and groups replace those that were there."""
    from dataclasses import fields

    from hub.members import people
    from hub.members.details import Details
    from hub.members.model import CONSOLE

    given = _given(role, group, email=email, phone=phone, born=born, language=language, since=since, until=until) | (
        {"name": name} if name else {}
    )

    async def changed(store: "Store") -> "Member":
        known = await meant(store, member)
        before = {each.name: getattr(known, each.name) for each in fields(Details)}
        return await store.write(people.change, known.id, Details(**before | given), by=CONSOLE)

    typer.echo(_line(with_members(state, changed)))


@app.command()
def suspend(
    member: Who,
    *,
    undo: Annotated[bool, typer.Option("--undo", help="Let the member in again.")] = False,
    state: StateFolder = None,
) -> None:
    """Bar a member from all doors and machines, at once."""
    from hub.members import people
    from hub.members.model import CONSOLE

    async def changed(store: "Store") -> "Member":
        known = await meant(store, member)
        return await store.write(people.suspend, known.id, suspended=not undo, by=CONSOLE)

    typer.echo(_line(with_members(state, changed)))


@app.command()
def erase(member: Who, *, yes: Yes = False, state: StateFolder = None) -> None:
    """Forget a person for good: name, contact, badges, trainings. Logs keep a pseudonym that means nobody any more."""
    from hub.members import erasure
    from hub.members.model import CONSOLE

    known = with_members(state, lambda store: meant(store, member))
    if not yes:
        typer.confirm(f"Forget {known.name} ({known.id}) for good?", abort=True)
    with_members(state, lambda store: store.write(erasure.erase, known.id, by=CONSOLE))
    typer.echo(f"{known.id} is forgotten; older backups still know the name, and forget it when they are restored here")


@app.command()
def train(
    member: Who,
    training: Annotated[
        str, typer.Argument(metavar="TRAINING", help="What for: the machine's name, or its option `training`.")
    ],
    *,
    until: Annotated[date | None, typer.Option(parser=day, metavar="DAY", help="Last day; default: for good.")] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take the training back.")] = False,
    state: StateFolder = None,
) -> None:
    """Say that a member was trained, or renew it."""
    from hub.members import trainings
    from hub.members.model import CONSOLE

    async def changed(store: "Store") -> str:
        known = await meant(store, member)
        if withdraw:
            await store.write(trainings.withdraw, known.id, training, by=CONSOLE)
            return f"{_line(known)}: no longer {training}"
        granted = await store.write(trainings.grant, known.id, training, by=CONSOLE, expires=until)
        return f"{_line(known)}: {training}, {f'until {granted.expires}' if granted.expires else 'for good'}"

    typer.echo(with_members(state, changed))


@app.command()
def admin(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name to log in with.")],
    *,
    state: StateFolder = None,
) -> None:
    """Let somebody administer the lab's pages: a new account, or another password for one that is there."""
    from hub.members import accounts
    from hub.members.model import CONSOLE, AccountRole
    from hub.members.passwords import hash_password

    hashed = hash_password(typer.prompt("Password", hide_input=True, confirmation_prompt=True))

    async def made(store: "Store") -> str:
        known = await store.read(accounts.find, name)
        if known is None:
            await store.write(accounts.create, name, hashed, AccountRole.ADMINISTRATOR, by=CONSOLE)
            return f"{name} may log in and administer the lab"
        await store.write(accounts.set_password_hash, known.id, hashed, by=CONSOLE)
        await store.write(accounts.set_role, known.id, AccountRole.ADMINISTRATOR, by=CONSOLE)
        await store.write(accounts.disable, known.id, disabled=False, by=CONSOLE)
        return f"{name} administers the lab with the new password, and must log in again"

    typer.echo(with_members(state, made, begin=True))


@app.command()
def heads(
    log: Annotated[str | None, typer.Argument(metavar="[LOG]", help="Only of this log.")] = None,
    state: StateFolder = None,
) -> None:
    """Print what audit logs have told the hub of themselves: `alcolab audit verify --heads -` compares it."""
    from hub.members import published

    for head in with_members(state, lambda store: store.read(published.heads_of, log)):
        typer.echo(json.dumps({"log": head.log, "entries": head.entries, "hash": head.hash}))


def _given(
    roles: Sequence[RoleName] | None, groups: Sequence[str] | None, **plain: str | date | None
) -> dict[str, Any]:
    """The details that were said."""
    from devices.policy.rules import Role

    sets = {
        "roles": None if roles is None else frozenset(Role(role.value) for role in roles),
        "groups": None if groups is None else frozenset(groups),
    }
    return {name: value for name, value in (plain | sets).items() if value is not None}


def _line(member: "Member") -> str:
    marks = [*sorted(member.roles), *sorted(member.groups), *(["suspended"] if member.suspended else [])]
    return f"{member.id}  {member.name}" + (f"  ({', '.join(marks)})" if marks else "")
