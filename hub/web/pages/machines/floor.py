"""`/machines`: which machine is free, an "oops" for anybody, and what those do who look after them."""

import logging
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import Field

from hub.members.model import AccountRole
from hub.web import access_words as words
from hub.web.login.roles import Confirmed, SignedForm, Technician, Workshop
from hub.web.pages.errors import Explained
from hub.web.pages.machines.machine import MachineHere, machines
from hub.web.pages.orders import ask, order
from hub.web.pages.visitor import VisitorHere
from hub.web.security import SameOrigin
from hub.web.site import SiteHere
from hub.web.words import gettext_noop

log = logging.getLogger(__name__)

router = APIRouter()


class Maintained(SignedForm):
    """Which task was done."""

    task: Annotated[str, Field(min_length=1, max_length=63)]


@router.get("/machines")
async def floor(visitor: VisitorHere, done: Annotated[str | None, Query(max_length=20)] = None) -> HTMLResponse:
    who = visitor.who
    return visitor.page(
        "machines.html",
        machines=machines(visitor.site),
        may_mend=who is not None and who.may(AccountRole.TECHNICIAN),
        may_end=who is not None and who.may(AccountRole.TECHNICIAN, AccountRole.TRAINER),
        told=words.DONE.get(done or ""),
        access=words,
    )


@router.get("/machines/{machine}/oops")
async def sure(visitor: VisitorHere, machine: MachineHere) -> HTMLResponse:
    """Asks once more: somebody may be in the middle of their work."""
    return visitor.page("oops.html", machine=machine)


@router.post("/machines/{machine}/oops")
async def oops(request: Request, machine: MachineHere, site: SiteHere, _: SameOrigin) -> RedirectResponse:
    address = request.client.host if request.client else ""
    if not site.oops.allows(address):
        raise Explained(
            429,
            title=gettext_noop("That was too often"),
            advice=gettext_noop("Is there danger? Press the red button on the machine, or pull its plug."),
            detail=f"{address} said oops too often; a machine's own button always works",
        )
    await ask(site, machine.name, "oops")
    log.info("oops at %s, from the pages", machine.name)
    return RedirectResponse("/machines?done=oops", 303)


@router.post("/machines/{machine}/release")
async def release(machine: MachineHere, site: SiteHere, who: Technician, _: Confirmed) -> RedirectResponse:
    await order(site, who, machine.name, "release")
    return RedirectResponse("/machines?done=release", 303)


@router.post("/machines/{machine}/maintained")
async def maintained(
    machine: MachineHere, did: Annotated[Maintained, Form()], site: SiteHere, who: Technician, _: Confirmed
) -> RedirectResponse:
    await order(site, who, machine.name, "maintained", did.task)
    return RedirectResponse("/machines?done=maintained", 303)


@router.post("/machines/{machine}/end")
async def end(machine: MachineHere, site: SiteHere, who: Workshop, _: Confirmed) -> RedirectResponse:
    await order(site, who, machine.name, "end")
    return RedirectResponse("/machines?done=end", 303)
