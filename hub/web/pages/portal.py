"""`/`: what is in this lab."""

from collections import Counter

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from hub.web.models import Device, Presence
from hub.web.pages.visitor import VisitorHere

router = APIRouter(include_in_schema=False)


@router.get("/")
async def portal(visitor: VisitorHere) -> HTMLResponse:
    view = visitor.site.view
    types = {entry.type for entry in view.lab.devices.values()}
    return visitor.page("portal.html", families={family: _in_short(view.devices(family)) for family in types})


def _in_short(devices: list[Device]) -> tuple[Presence, int]:
    """The worst that can be said of these devices, and of how many."""
    counts = Counter(device.presence for device in devices)
    worst = next(presence for presence in (Presence.OFFLINE, Presence.UNKNOWN, Presence.ONLINE) if counts[presence])
    return worst, counts[worst]
