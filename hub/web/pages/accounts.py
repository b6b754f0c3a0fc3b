"""`/accounts`: who may sign in, and for what; for administrators."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field

from hub.members import accounts, people
from hub.members.details import BadDetails
from hub.members.model import AccountRole, Conflict
from hub.members.passwords import LONGEST, BadPassword
from hub.members.store import Store
from hub.web import members_words as words
from hub.web.login.roles import Administrator, Confirmed, SignedForm
from hub.web.pages.members.store import LoginHere, StoreHere
from hub.web.pages.visitor import Visitor, VisitorHere

router = APIRouter(include_in_schema=False)

AccountId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
Password = Annotated[str, Field(max_length=LONGEST, repr=False)]


class NewAccount(SignedForm):
    """Somebody who shall sign in. A trainer's account belongs to a member, whose trainings count."""

    name: Annotated[str, Field(max_length=200)]
    password: Password
    role: AccountRole
    member: Annotated[str, Field(pattern=r"^([0-9a-f]{16})?$")] = ""


class NewPassword(SignedForm):
    """Another password."""

    password: Password


class NewRole(SignedForm):
    """Another kind of work."""

    role: AccountRole


class Closing(SignedForm):
    """Whether somebody may sign in no more."""

    disabled: bool


@router.get("/accounts")
async def listing(
    visitor: VisitorHere,
    store: StoreHere,
    _: Administrator,
    *,
    done: Annotated[str, Query(max_length=20)] = "",
    wrong: Annotated[str, Query(max_length=20)] = "",
    member: Annotated[str, Query(pattern=r"^([0-9a-f]{16})?$")] = "",
) -> HTMLResponse:
    return await _page(visitor, store, told=words.DONE.get(done), wrong=wrong, member=member)


@router.post("/accounts")
async def create(
    visitor: VisitorHere,
    typed: Annotated[NewAccount, Form()],
    store: StoreHere,
    login: LoginHere,
    who: Administrator,
    _: Confirmed,
) -> Response:
    try:
        hashed = await login.hashed(typed.password)
        await store.write(
            accounts.create, typed.name, hashed, typed.role, member=typed.member or None, by=who.account.id
        )
    except BadPassword:
        return await _page(visitor, store, wrong="password", status=422, member=typed.member)
    except BadDetails:
        return await _page(visitor, store, wrong="name", status=422, member=typed.member)
    except Conflict:
        return await _page(visitor, store, wrong="account", status=409, member=typed.member)
    return _back()


@router.post("/accounts/{id}/password")
async def set_password(
    id: AccountId,  # noqa: A002 - what it is called everywhere
    typed: Annotated[NewPassword, Form()],
    store: StoreHere,
    login: LoginHere,
    who: Administrator,
    _: Confirmed,
) -> RedirectResponse:
    """Whoever is signed in with the old one must sign in again."""
    try:
        await store.write(accounts.set_password_hash, id, await login.hashed(typed.password), by=who.account.id)
    except BadPassword:
        return RedirectResponse("/accounts?wrong=password", 303)
    return _back()


@router.post("/accounts/{id}/role")
async def set_role(
    id: AccountId,  # noqa: A002
    typed: Annotated[NewRole, Form()],
    store: StoreHere,
    who: Administrator,
    _: Confirmed,
) -> RedirectResponse:
    await store.write(accounts.set_role, id, typed.role, by=who.account.id)
    return _back()


@router.post("/accounts/{id}/close")
async def close(
    id: AccountId,  # noqa: A002
    typed: Annotated[Closing, Form()],
    store: StoreHere,
    who: Administrator,
    _: Confirmed,
) -> RedirectResponse:
    await store.write(accounts.disable, id, disabled=typed.disabled, by=who.account.id)
    return _back()


async def _page(
    visitor: Visitor, store: Store, *, told: str | None = None, wrong: str = "", status: int = 200, member: str = ""
) -> HTMLResponse:
    everyone = await store.read(accounts.everyones)
    return visitor.page(
        "accounts.html",
        status=status,
        accounts=everyone,
        members=await store.read(people.names, {member, *(each.member for each in everyone if each.member)}),
        member=member,
        told=told,
        wrong=wrong,
        words=words,
    )


def _back() -> RedirectResponse:
    return RedirectResponse("/accounts?done=account", 303)
