"""`/members/<member>`: one person; `/members/new`: one more."""

from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from devices.policy.rules import Role
from hub.members import badges, erasure, people, trainings
from hub.members.details import BadDetails
from hub.members.model import AccountRole, Member
from hub.members.rows import today
from hub.web import members_words as words
from hub.web.language import LANGUAGES
from hub.web.login.roles import Administrator, Confirmed, Desk, SignedForm, Team
from hub.web.login.signed_in import SignedIn
from hub.web.pages.members.form import MemberForm
from hub.web.pages.members.store import MemberHere, MembersHere, StoreHere
from hub.web.pages.visitor import Visitor, VisitorHere

router = APIRouter()


class Pausing(SignedForm):
    """Whether the membership is paused."""

    suspended: bool


@router.get("/members/new")
async def blank(visitor: VisitorHere, who: Desk) -> HTMLResponse:
    return _form(visitor, who, MemberForm(csrf=who.csrf))


@router.post("/members/new")
async def create(
    visitor: VisitorHere, typed: Annotated[MemberForm, Form()], store: StoreHere, who: Desk, _: Confirmed
) -> Response:
    try:
        details = typed.details(roles=typed.roles if who.may() else ())
        member = await store.write(people.create, details, by=who.account.id)
    except BadDetails as error:
        return _form(visitor, who, typed, wrong=error.field)
    return RedirectResponse(f"/members/{member.id}?done=created", 303)


@router.get("/members/{member}")
async def person(
    visitor: VisitorHere,
    member: MemberHere,
    members: MembersHere,
    who: Team,
    *,
    done: Annotated[str, Query(max_length=20)] = "",
    wrong: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    known = await members.store.read(trainings.of, member.id)
    return visitor.page(
        "member.html",
        member=member,
        badges=await members.store.read(badges.of, member.id),
        trainings=known,
        offered=sorted(members.trainings()),
        may_edit=who.may(AccountRole.RECEPTION),
        may_train=who.may(AccountRole.TRAINER),
        may_all=who.may(),
        words=words,
        languages_by_code=LANGUAGES,
        today=today(),
        told=words.DONE.get(done),
        wrong=words.WRONG.get(wrong),
    )


@router.get("/members/{member}/edit")
async def edit(visitor: VisitorHere, member: MemberHere, who: Desk) -> HTMLResponse:
    return _form(visitor, who, MemberForm.of(member, who.csrf), member=member)


@router.post("/members/{member}/edit")
async def change(
    visitor: VisitorHere,
    member: MemberHere,
    typed: Annotated[MemberForm, Form()],
    store: StoreHere,
    who: Desk,
    _: Confirmed,
) -> Response:
    try:
        details = typed.details(roles=typed.roles if who.may() else member.roles)
        await store.write(people.change, member.id, details, by=who.account.id)
    except BadDetails as error:
        return _form(visitor, who, typed, member=member, wrong=error.field)
    return RedirectResponse(f"/members/{member.id}?done=changed", 303)


@router.post("/members/{member}/pause")
async def pause(
    member: MemberHere, wish: Annotated[Pausing, Form()], store: StoreHere, who: Desk, _: Confirmed
) -> RedirectResponse:
    await store.write(people.suspend, member.id, suspended=wish.suspended, by=who.account.id)
    return RedirectResponse(f"/members/{member.id}?done={'suspended' if wish.suspended else 'readmitted'}", 303)


@router.get("/members/{member}/erase")
async def sure(visitor: VisitorHere, member: MemberHere, _: Administrator) -> HTMLResponse:
    return visitor.page("erase.html", member=member)


@router.post("/members/{member}/erase")
async def erase(member: MemberHere, store: StoreHere, who: Administrator, _: Confirmed) -> RedirectResponse:
    await store.write(erasure.erase, member.id, by=who.account.id)
    return RedirectResponse("/members?done=erased", 303)


def _form(
    visitor: Visitor, who: SignedIn, typed: MemberForm, *, member: Member | None = None, wrong: str = ""
) -> HTMLResponse:
    return visitor.page(
        "member_form.html",
        status=422 if wrong else 200,
        typed=typed,
        member=member,
        wrong=wrong,
        words=words,
        roles=tuple(Role) if who.may() else (),
    )
