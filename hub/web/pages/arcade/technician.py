"""`/arcade/<cabinet>/technician`: what technicians may change.

Where this Pi has a login, whoever signs in as a technician may. Elsewhere, as on the cabinet's own Pi, whoever stands
at the cabinet with a keyboard is one.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import TypeAdapter, ValidationError

from devices.arcade.arguments import (
    CreditArguments,
    ProfileArguments,
    RemapArguments,
    SocdArguments,
    SwitchArguments,
    TurboArguments,
)
from devices.arcade.buttons import DIRECTIONS, Button
from devices.device import Json, NoArguments
from devices.errors import Refused
from hub.members.model import AccountRole
from hub.web import arcade_words
from hub.web.login.roles import Whoever, confirmed, needs
from hub.web.pages.arcade.cabinet import Cabinet, CabinetHere
from hub.web.pages.arcade.panel import worn
from hub.web.pages.errors import Explained
from hub.web.pages.visitor import VisitorHere
from hub.web.security import SameOrigin, is_on_this_machine
from hub.web.site import Site, SiteHere
from hub.web.words import gettext_noop

router = APIRouter()

FORMS: Mapping[str, type[Any]] = {
    "profile": ProfileArguments,
    "remap": RemapArguments,
    "socd": SocdArguments,
    "turbo": TurboArguments,
    "credit": CreditArguments,
    "end-turn": NoArguments,
    "renew-switch": SwitchArguments,
    "test-lamps": NoArguments,
}
"""The forms of the page: their fields are the arguments of the cabinet's actions."""


async def a_technician(request: Request, cabinet: CabinetHere, site: SiteHere, who: Whoever) -> None:
    """Refuse, kindly, whoever has not signed in as one; where there is no login, whoever is not at the cabinet."""
    if site.login is not None:
        await needs(AccountRole.TECHNICIAN)(request, who)
    elif not (is_on_this_machine(request) and _stands_here(cabinet, site)):
        port = site.view.lab.web.port
        raise Explained(
            403,
            title=gettext_noop("Only at the cabinet itself"),
            advice=gettext_noop("Go to the cabinet. Open this page there, with its own keyboard."),
            detail=f"on {cabinet.device.node}, open http://localhost:{port}/arcade/{cabinet.name}/technician",
        )


def _stands_here(cabinet: Cabinet, site: Site) -> bool:
    """Whether the cabinet is plugged into this Pi; what is simulated stands where the simulation runs."""
    return cabinet.device.node == site.health().node or cabinet.device.node in site.worlds


def _wired(cabinet: Cabinet) -> list[Button]:
    """The buttons that any player has."""
    found = {button for buttons in cabinet.controls.players.values() for button in buttons}
    return [button for button in Button if button in found]


ATechnician = Annotated[None, Depends(a_technician)]


async def sent_from_here(request: Request, who: Whoever, same_origin: SameOrigin) -> AsyncIterator[None]:
    """The form comes from this page, and where somebody is signed in, from their session."""
    if who is None:
        yield
    else:
        async with aclosing(confirmed(request, who, same_origin)) as form:
            async for _ in form:
                yield


@router.get("/arcade/{cabinet}/technician")
async def technician(
    visitor: VisitorHere,
    cabinet: CabinetHere,
    _: ATechnician,
    done: Annotated[str | None, Query(max_length=20)] = None,
) -> HTMLResponse:
    return visitor.page(
        "arcade_technician.html",
        cabinet=cabinet,
        worn=list(worn(cabinet)),
        buttons=tuple(Button),
        wired=_wired(cabinet),
        turbo=[button for button in _wired(cabinet) if button not in DIRECTIONS],
        arcade=arcade_words,
        done=done in FORMS,
    )


@router.post("/arcade/{cabinet}/technician/{action}")
async def act(
    request: Request,
    cabinet: CabinetHere,
    action: Annotated[str, Path(max_length=20)],
    site: SiteHere,
    _: ATechnician,
    __: Annotated[None, Depends(sent_from_here)],
) -> RedirectResponse:
    if (form := FORMS.get(action)) is None:
        raise HTTPException(404, f"there is no action {action!r}; there are {', '.join(FORMS)}")
    arguments = await _filled_in(TypeAdapter(form), request)
    try:
        await site.ask(cabinet.name, action, arguments)
    except Refused as error:
        raise Explained(
            409,
            title=gettext_noop("The cabinet refused"),
            advice=gettext_noop("Read why below, then go back and try again."),
            detail=str(error),
        ) from None
    return RedirectResponse(f"/arcade/{cabinet.name}/technician?done={action}", 303)


async def _filled_in(form: TypeAdapter[Any], request: Request) -> Mapping[str, Json]:
    async with request.form() as fields:
        try:
            arguments = form.validate_python({name: value for name, value in fields.items() if name != "csrf"})
        except ValidationError as error:
            raise RequestValidationError(error.errors()) from None
    filled_in: Mapping[str, Json] = form.dump_python(arguments, mode="json")
    return filled_in
