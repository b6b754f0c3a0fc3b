"""`/arcade/<cabinet>/controls`: every switch lights up when it is pressed, and tells what it has been through."""

import logging

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from devices.errors import Refused
from hub.web import arcade_words
from hub.web.pages.arcade.cabinet import CabinetHere
from hub.web.pages.arcade.panel import BOUNCES, panels, worn
from hub.web.pages.live_words import live_words
from hub.web.pages.visitor import VisitorHere
from hub.web.security import SameOrigin
from hub.web.site import SiteHere

log = logging.getLogger(__name__)

router = APIRouter()


@router.get("/arcade/{cabinet}/controls")
async def controls(visitor: VisitorHere, cabinet: CabinetHere) -> HTMLResponse:
    return visitor.page(
        "arcade_controls.html",
        cabinet=cabinet,
        panels=panels(cabinet),
        worn=list(worn(cabinet)),
        bounces=BOUNCES,
        arcade=arcade_words,
        words=live_words(visitor.language, players=arcade_words.PLAYERS),
    )


@router.post("/arcade/{cabinet}/watch", status_code=204)
async def watch(cabinet: CabinetHere, site: SiteHere, _: SameOrigin) -> Response:
    """Somebody looks at the switches: for a while the cabinet tells every press. Whether it does, the page sees."""
    if site.watches.allows(cabinet.name):
        try:
            await site.ask(cabinet.name, "watch")
        except Refused as error:
            log.info("%s does not tell its presses: %s", cabinet.name, error)
    return Response(status_code=204)
