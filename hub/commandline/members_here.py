"""The members of this machine, for the commands that work with them; the hub may run meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from devices.errors import AlcolabError

if TYPE_CHECKING:
    from hub.members.model import Member
    from hub.members.store import Store

Who = Annotated[str, typer.Argument(metavar="MEMBER", help="Pseudonym, e-mail address or name, as far as it is clear.")]
SHOWN_MOST = 10

Result = TypeVar("Result")


class NoMembersHere(AlcolabError, FileNotFoundError):
    """No members are kept on this machine."""


class Unclear(AlcolabError, LookupError):
    """Nobody is meant, or several are."""


def with_members(state: Path | None, work: Callable[["Store"], Awaitable[Result]], *, begin: bool = False) -> Result:
    """What `work` gives for the members kept here; `begin` where there are none yet.

    Raises:
        NoMembersHere: none are.
        InUse, Unfinished: they are being restored.
    """
    from functools import partial

    from hub.members.in_use import give_to_owner, using
    from hub.members.store import DATABASE, FOLDER, Store, in_file
    from hub.state import state_folder

    folder = state or state_folder()
    path = folder / FOLDER / DATABASE
    if not begin and not path.is_file():
        raise NoMembersHere(f"there are no members at {path}: is this the hub, and are you the user that it runs as?")

    async def opened() -> Result:
        store = Store(partial(in_file, path))
        await store.open()
        return await work(store)

    try:
        with using(folder):
            return asyncio.run(opened())
    finally:
        give_to_owner(folder)


async def meant(store: "Store", who: str) -> "Member":
    """The one member of whom this is the pseudonym, the whole name, or a part of it that no other has.

    Raises:
        Unclear: there is none, or more than one.
    """
    from hub.members import people

    found = (await store.read(people.search, who, limit=SHOWN_MOST)).members
    exact = [each for each in found if who in {each.id, each.name, each.email}]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        raise Unclear(f"nobody is called {who!r}: `alcolab member list` shows all")
    listed = "\n".join(f"  {each.id}  {each.name}" for each in found)
    raise Unclear(f"{who!r} could be any of these; say which by the pseudonym:\n{listed}")


def day(text: str) -> date:
    """2010-05-31 or 31/05/2010."""
    from hub.members.details import BadDetails
    from hub.members.exchange.reading import day as read

    try:
        found = read("day", text)
    except BadDetails as error:
        raise typer.BadParameter(str(error)) from None
    if found is None:
        raise typer.BadParameter("an empty day")
    return found
