"""`/access`: the doors as everybody may know them; behind the login what was decided, and a button that unlocks."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from hub.members.model import AccountRole, NodePolicyReport, Problem
from hub.web import access_words as words
from hub.web.decisions import Decided
from hub.web.login.roles import Administrator, Confirmed
from hub.web.pages.access.door import FAMILY, DoorHere, doors
from hub.web.pages.machines.machine import FAMILY as MACHINES
from hub.web.pages.orders import order
from hub.web.pages.visitor import Visitor, VisitorHere
from hub.web.site import Site, SiteHere

router = APIRouter()

DECISIONS_AT_MOST = 30


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands on the page behind the login."""

    decisions: tuple[tuple[Decided, str | None], ...]
    """With the member's name; None for a badge that nobody knows, or somebody who was erased."""
    nodes: tuple[NodePolicyReport, ...]
    problems: tuple[tuple[Problem, str | None], ...]
    """With the name of the member whom it is about."""


@router.get("/access")
async def access(visitor: VisitorHere, done: Annotated[str | None, Query(max_length=20)] = None) -> HTMLResponse:
    return visitor.page(
        "access.html",
        doors=doors(visitor.site),
        behind=await _behind(visitor),
        told=words.DONE.get(done or "") if visitor.who else None,
        access=words,
    )


@router.post("/access/{door}/unlock")
async def unlock(door: DoorHere, site: SiteHere, who: Administrator, _: Confirmed) -> RedirectResponse:
    await order(site, who, door.name, "unlock")
    return RedirectResponse("/access?done=unlock", 303)


async def _behind(visitor: Visitor) -> Behind | None:
    site, who = visitor.site, visitor.who
    if who is None or site.members is None or not who.may(AccountRole.RECEPTION):
        return None
    decided = site.decisions.latest(_places(site), DECISIONS_AT_MOST)
    problems = site.members.problems()
    names = await _names(site, {*(each.member for each in decided if each.member), *(each.about for each in problems)})
    return Behind(
        decisions=tuple((each, names.get(each.member or "")) for each in decided),
        nodes=await site.members.nodes(),
        problems=tuple((each, names.get(each.about)) for each in problems),
    )


def _places(site: Site) -> frozenset[str]:
    return frozenset(device.name for family in (FAMILY, MACHINES) for device in site.view.devices(family))


async def _names(site: Site, pseudonyms: set[str]) -> dict[str, str]:
    from hub.members import people  # SQLAlchemy: only where there are members

    assert site.members is not None  # noqa: S101 - for the type checker: looked at before
    return dict(await site.members.store.read(people.names, pseudonyms))
