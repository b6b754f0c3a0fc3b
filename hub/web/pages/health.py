"""`/health`: for people, and as JSON for monitors.

The answer is 503 when a service of this Pi does not run, and 200 else: an unplugged sensor or an absent broker is
told in the answer (`warn`), but restarting this Pi would not mend it.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from hub.health import Health, Verdict
from hub.web.language import ranked
from hub.web.models import Presence
from hub.web.pages.visitor import VisitorHere
from hub.web.site import Site

router = APIRouter()


@router.get(
    "/health",
    tags=["health"],
    response_class=Response,
    responses={
        200: {"content": {"application/json": {}, "text/html": {}}, "description": "This Pi does its share."},
        503: {"content": {"application/json": {}, "text/html": {}}, "description": "A service does not run."},
    },
)
async def health(visitor: VisitorHere) -> Response:
    """How this Pi is: a page, or JSON for who asks for `application/json`; `status` is `pass`, `warn` or `fail`."""
    now = visitor.site.health()
    status = 503 if now.verdict is Verdict.FAIL else 200
    if prefers_json(visitor.request.headers.get("accept", "")):
        return JSONResponse(_for_programs(now), status)
    site = visitor.site
    devices, nodes = site.view.devices(), _nodes(site, now.node)
    return visitor.page("health.html", status=status, health=now, devices=devices, nodes=nodes)


def _nodes(site: Site, this: str) -> Mapping[str, Presence]:
    """The Pis of the lab; the one that answers is there."""
    view = site.view
    return {node: Presence.of(True if node == this else view.node_online(node)) for node in view.lab.nodes}


def prefers_json(accept: str) -> bool:
    """Whether this `Accept` header likes JSON better than a page."""
    known = [kind for kind in ranked(accept) if kind in {"application/json", "text/html"}]
    return known[:1] == ["application/json"]


def _for_programs(health: Health) -> dict[str, Any]:
    return {"status": health.verdict, **asdict(health)}
