"""A member's badges: enrolled by showing them to a reader, reported lost, taken back."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Path
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from pydantic import Field

from devices.errors import AlcolabError, NoReply
from hub.members import badges
from hub.members.details import BadDetails
from hub.members.members import Members
from hub.members.model import Conflict, Member, NoSuch
from hub.web import members_words as words
from hub.web.login.roles import Confirmed, Desk, SignedForm
from hub.web.login.signed_in import SignedIn
from hub.web.pages.members.store import MemberHere, MembersHere, StoreHere
from hub.web.pages.visitor import VisitorHere

router = APIRouter()

WAITED_S = 30
READER = "badge-reader"


class Enrolment(SignedForm):
    """At which reader the badge will be shown, and what a person calls it."""

    reader: Annotated[str, Field(max_length=63)]
    label: Annotated[str, Field(max_length=254)] = ""


@router.get("/members/{member}/badge")
async def choose(visitor: VisitorHere, member: MemberHere, _: Desk) -> HTMLResponse:
    return visitor.page("enrol.html", member=member, readers=visitor.site.view.devices(READER))


@router.post("/members/{member}/badge")
async def enrol(
    visitor: VisitorHere,
    member: MemberHere,
    members: MembersHere,
    wish: Annotated[Enrolment, Form()],
    who: Desk,
    _: Confirmed,
) -> StreamingResponse:
    """The page says at once where to hold the badge, and goes on when it was shown: no script is needed for that."""
    if wish.reader not in {device.name for device in visitor.site.view.devices(READER)}:
        raise NoSuch(f"the lab has no badge reader {wish.reader!r}")

    async def later() -> AsyncIterator[str]:
        result = await _enrolled(members, member, wish, who)
        yield visitor.html("enrolled.html", member=member, result=result, words=words)

    return visitor.stream("enrolling.html", later(), member=member, reader=wish.reader, seconds=WAITED_S)


@router.post("/members/{member}/badges/{badge}/{what}")
async def change(
    member: MemberHere,
    badge: Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")],
    what: Literal["lost", "revoke", "found"],
    store: StoreHere,
    who: Desk,
    _: Confirmed,
) -> RedirectResponse:
    if (await store.read(badges.get, badge)).member != member.id:
        raise NoSuch(f"member {member.id} has no badge {badge}")
    work = {"lost": badges.lost, "revoke": badges.revoke, "found": badges.found}[what]
    await store.write(work, badge, by=who.account.id)
    return RedirectResponse(f"/members/{member.id}?done={'found' if what == 'found' else 'lost'}", 303)


async def _enrolled(members: Members, member: Member, wish: Enrolment, who: SignedIn) -> str:
    """How it went, in one word of `ENROLLED`."""
    try:
        shown = await members.await_badge(wish.reader, WAITED_S)
        await members.store.write(
            badges.enrol, member.id, shown.credential, label=wish.label, strength=shown.strength, by=who.account.id
        )
    except NoReply:
        return "nobody"
    except (Conflict, BadDetails):
        return "taken"
    except AlcolabError:
        return "reader"
    return "done"
