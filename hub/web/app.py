"""The web application: routes, limits and headers in one place."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.web import api, live_api, metrics
from hub.web.pages import access, api_guide, arcade, errors, garden, health, machines, portal, simulated
from hub.web.security import BODY_AT_MOST, SafeHeaders
from hub.web.site import Site

STATIC = Path(__file__).parent / "static"
ABOUT = """What the lab measures and does, for programs. It is read-only: nothing here changes anything.

Times are RFC 3339 in UTC. Errors are RFC 9457 problems (`application/problem+json`)."""


def build(site: Site, version: str) -> FastAPI:
    """The application for one lab; `version` is ours."""
    app = FastAPI(
        title="ALCOLAB",
        version=version,
        description=ABOUT,
        openapi_url="/api/openapi.json",
        docs_url=None,  # Swagger's and ReDoc's pages load scripts from a CDN; /api is our own
        redoc_url=None,
        max_body_size=BODY_AT_MOST,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.site = site
    for part in (api, live_api, metrics, portal, garden, arcade, access, machines, health, api_guide):
        app.include_router(part.router)
    if site.members is not None:
        from hub.web.pages import accounts, login, members  # SQLAlchemy: a Pi without members never pays for it

        for part in (login, members, accounts):
            app.include_router(part.router)
    if site.worlds:
        app.include_router(simulated.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    errors.explain_errors(app)
    app.add_middleware(HeadAsGet)
    app.add_middleware(SafeHeaders)
    return app


class HeadAsGet:
    """A page that can be read can be asked for by HEAD; the server leaves out the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_head = scope["type"] == "http" and scope["method"] == "HEAD"
        await self.app({**scope, "method": "GET"} if is_head else scope, receive, send)
