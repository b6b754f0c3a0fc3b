"""What every page may read of the lab."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from hub.health import Health
from hub.web.live import Live
from hub.web.view import LabView


@dataclass(frozen=True, slots=True)
class Site:
    """The lab, as the pages and the API know it."""

    view: LabView
    live: Live
    health: Callable[[], Health]
    worlds: Mapping[str, Path]
    """Each node that is simulated, and the socket of its simulated world."""


async def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


SiteHere = Annotated[Site, Depends(site_of)]
