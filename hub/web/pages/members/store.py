"""The members' database, as a route gets it."""

from typing import Annotated

from fastapi import Depends, Path

from hub.members import people
from hub.members.members import Members
from hub.members.model import Member
from hub.members.store import Store
from hub.web.login.login import Login
from hub.web.site import SiteHere


async def members_of(site: SiteHere) -> Members:
    assert site.members is not None  # noqa: S101 - for the type checker: these routers are only where members are
    return site.members


MembersHere = Annotated[Members, Depends(members_of)]


async def store_of(members: MembersHere) -> Store:
    return members.store


StoreHere = Annotated[Store, Depends(store_of)]


async def member_named(member: Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")], store: StoreHere) -> Member:
    """The member whom the address names; `NoSuch`, a 404, when there is none."""
    return await store.read(people.get, member)


MemberHere = Annotated[Member, Depends(member_named)]


async def login_of(site: SiteHere) -> Login:
    assert site.login is not None  # noqa: S101 - for the type checker: where members are, so is the login
    return site.login


LoginHere = Annotated[Login, Depends(login_of)]
