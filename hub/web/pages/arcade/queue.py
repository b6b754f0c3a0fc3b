"""`/arcade`: who plays, who is next, and a place in the queue for whoever wants to play."""

import logging
from typing import Annotated

from fastapi import APIRouter, Cookie, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from devices.errors import Refused
from hub.web import arcade_words as words
from hub.web.models import Presence
from hub.web.pages.arcade.cabinet import Cabinet, CabinetHere, cabinets
from hub.web.pages.live_words import live_words
from hub.web.pages.visitor import VisitorHere
from hub.web.security import SameOrigin
from hub.web.site import SiteHere
from hub.web.tickets import KEY, command_id, new_key

log = logging.getLogger(__name__)

router = APIRouter()

COOKIE = "ticket"
A_DAY_S = 86_400

TicketKey = Annotated[str | None, Cookie(alias=COOKIE, max_length=64)]


class Joining(BaseModel):
    """The button's form: its key was made with the page, so that pressing twice draws one ticket."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    key: Annotated[str, Field(pattern=KEY)]


@router.get("/arcade")
async def arcade(
    visitor: VisitorHere, ticket: TicketKey = None, told: Annotated[str | None, Query(max_length=20)] = None
) -> HTMLResponse:
    return visitor.page(
        "arcade.html",
        cabinets=cabinets(visitor.site),
        mine=visitor.site.tickets.held(ticket),
        key=new_key(),
        told=words.TOLD.get(told or ""),
        arcade=words,
        words=live_words(
            visitor.language, animals=words.ANIMALS, phases=words.PHASES, yours=words.YOURS, hours=words.HOURS
        ),
    )


@router.post("/arcade/{cabinet}/join")
async def join(
    request: Request,
    cabinet: CabinetHere,
    wish: Annotated[Joining, Form()],
    site: SiteHere,
    _: SameOrigin,
    ticket: TicketKey = None,
) -> RedirectResponse:
    if site.tickets.held(ticket) or site.tickets.held(wish.key):
        return _back()  # one ticket a visitor
    if why := _why_not(cabinet, site.view.lab.devices[cabinet.name].options.turns.queue):
        return _back(why)
    if not site.joins.allows(request.client.host if request.client else ""):
        return _back("often")
    key = new_key() if site.tickets.is_spent(wish.key) else wish.key
    try:
        drawn = await site.ask(cabinet.name, "join", command_id=command_id(key))
        site.tickets.give(key, cabinet.name, str(drawn["ticket"]))
    except (Refused, KeyError) as error:
        log.info("%s gave no ticket: %r", cabinet.name, error)
        return _back("refused")
    answer = _back()
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, key, A_DAY_S, path="/arcade", httponly=True, samesite="lax", secure=secure)
    return answer


@router.post("/arcade/{cabinet}/leave")
async def leave(cabinet: CabinetHere, site: SiteHere, _: SameOrigin, ticket: TicketKey = None) -> RedirectResponse:
    held = site.tickets.held(ticket)
    if held is None or held.cabinet != cabinet.name:
        return _back()
    try:
        await site.ask(cabinet.name, "leave", {"ticket": held.animal})
    except Refused as error:
        log.info("%s did not take %s back: %s", cabinet.name, held.animal, error)
        return _back("refused")
    held.over = True
    answer = _back("left")
    answer.delete_cookie(COOKIE, path="/arcade")
    return answer


def _why_not(cabinet: Cabinet, room: int) -> str | None:
    """What keeps the cabinet from giving a ticket, as far as can be seen from here."""
    if cabinet.device.presence is not Presence.ONLINE:
        return "silent"
    if cabinet.is_closed:
        return "closed"
    return "full" if len(cabinet.queue) >= room else None


def _back(told: str | None = None) -> RedirectResponse:
    return RedirectResponse(f"/arcade?told={told}" if told else "/arcade", 303)
