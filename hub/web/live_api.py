"""`/api/events`: what happens in the lab, as it happens."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from hub.bus import Subscription
from hub.web.api import NO_DEVICE, NOT_UNDERSTOOD, known
from hub.web.live import Full
from hub.web.models import problem
from hub.web.site import SiteHere

router = APIRouter(prefix="/api", tags=["events"])

ONLY = Query(description="Only this device; may be repeated.", max_length=64)


async def wanted(site: SiteHere, device: Annotated[list[str] | None, ONLY] = None) -> frozenset[str]:
    """The devices that the browser asks for, which is all of them when it names none."""
    return frozenset(known(name, site.view.lab) for name in device or site.view.lab.devices)


async def place(site: SiteHere) -> AsyncIterator[Subscription]:
    """A place among the listeners, until the answer ends."""
    try:
        with site.live.listener() as subscription:
            yield subscription
    except Full:
        raise HTTPException(503, "too many browsers are listening; try again", headers={"retry-after": "30"}) from None


@router.get(
    "/events",
    response_class=EventSourceResponse,
    responses={
        404: dict(NO_DEVICE),
        422: dict(NOT_UNDERSTOOD),
        503: dict(problem("Too many browsers are listening.")),
    },
)
async def events(
    site: SiteHere,
    devices: Annotated[frozenset[str], Depends(wanted)],
    subscription: Annotated[Subscription, Depends(place)],
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events `reading`, `state`, `event`, `availability` and `clock`.

    First comes the lab's time, then everything that is known now, then what happens. The `id` of a reading or event
    is its log and number, so that one that was sent twice can be told; a new connection begins anew.
    """
    async for event in site.live.stream(subscription, devices):
        yield event
