"""`/access/<door>/screen`: what a small display beside the door says."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from hub.web import access_words
from hub.web.pages.access.door import DoorHere
from hub.web.pages.screen import screen
from hub.web.pages.visitor import VisitorHere

router = APIRouter()


@router.get("/access/{door}/screen")
async def door_screen(visitor: VisitorHere, door: DoorHere) -> HTMLResponse:
    return screen(visitor, door.device, door.display, access_words.TOLD)
