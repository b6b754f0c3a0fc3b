"""What every page may know of the lab, and do in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from hub.health import Health
from hub.web.asking import Asking
from hub.web.live import Live
from hub.web.rate_limit import RateLimit
from hub.web.tickets import Tickets
from hub.web.view import LabView

JOINS_AT_MOST = 6
"""A minute: a family that shares a phone, and nobody who fills the queue for fun."""
WATCH_EVERY_S = 20.0


@dataclass(frozen=True, slots=True)
class Site:
    """The lab, as the pages and the API know it."""

    view: LabView
    live: Live
    health: Callable[[], Health]
    worlds: Mapping[str, Path]
    """Each node that is simulated, and the socket of its simulated world."""
    ask: Asking
    tickets: Tickets
    joins: RateLimit = field(default_factory=lambda: RateLimit(JOINS_AT_MOST, 60.0))
    """How often one address may join a queue."""
    watches: RateLimit = field(default_factory=lambda: RateLimit(1, WATCH_EVERY_S))
    """How often a device is told that somebody watches it, however many do."""


async def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


SiteHere = Annotated[Site, Depends(site_of)]
