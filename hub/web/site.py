"""What every page may know of the lab, and do in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from hub.health import Health
from hub.web.asking import Asking
from hub.web.decisions import Decisions
from hub.web.live import Live
from hub.web.rate_limit import RateLimit
from hub.web.tickets import Tickets
from hub.web.uploads import Uploads
from hub.web.view import LabView

if TYPE_CHECKING:
    from hub.members.members import Members  # SQLAlchemy: a Pi without members never pays for it
    from hub.web.login.login import Login

JOINS_AT_MOST = 6
"""A minute: a family that shares a phone, and nobody who fills the queue for fun."""
OOPSES_AT_MOST = 10
"""A minute: far more than anybody means, and no more than a prank is worth."""
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
    members: "Members | None" = None
    """Where this Pi keeps members: then its pages have a login."""
    login: "Login | None" = None
    decisions: Decisions = field(kw_only=True)
    uploads: Uploads = field(default_factory=Uploads)
    joins: RateLimit = field(default_factory=lambda: RateLimit(JOINS_AT_MOST, 60.0))
    """How often one address may join a queue."""
    oops: RateLimit = field(default_factory=lambda: RateLimit(OOPSES_AT_MOST, 60.0))
    """How often one address may stop a machine."""
    watches: RateLimit = field(default_factory=lambda: RateLimit(1, WATCH_EVERY_S))
    """How often a device is told that somebody watches it, however many do."""


async def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


SiteHere = Annotated[Site, Depends(site_of)]
