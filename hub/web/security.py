"""Safe by default: what a browser may do with our pages, and whose forms we accept."""

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_AT_MOST = 64 * 1024
"""Bytes of a request; a page that takes films or pictures sets its own limit on its own route."""

HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    # not `no-referrer`, with which browsers send `Origin: null` with our own forms
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


class SafeHeaders:
    """Puts `HEADERS` on every answer; one that is not said to be cacheable is asked for again each time."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("cache-control", "no-cache")
            await send(message)

        await self.app(scope, receive, send_safely if scope["type"] == "http" else send)


async def same_origin(request: Request) -> None:
    """Refuse a form that another site's page sent through the visitor's browser.

    `Sec-Fetch-Site` is believed where the browser sends it (over TLS and on loopback), else `Origin` must name the
    host that was asked; a reverse proxy may have changed the scheme, so only the host is compared.
    """
    site = request.headers.get("sec-fetch-site")
    _, _, origin = request.headers.get("origin", "").partition("://")
    ours = site == "same-origin" if site else origin != "" and origin == request.headers.get("host")
    if not ours:
        raise HTTPException(403, "this form was not sent from a page of this lab (Origin must be this host)")


SameOrigin = Annotated[None, Depends(same_origin)]
"""For every route that changes something."""


LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-real-ip")


def is_on_this_machine(request: Request) -> bool:
    """Whether whoever asks sits at this Pi itself.

    The connection must come from a loopback address and ask for a loopback name, which a page of another site that
    has its name point here does not. What says that it came through a proxy came from elsewhere; nothing that a
    request says of itself makes it come from here.
    """
    return (
        request.client is not None
        and _is_loopback(request.client.host)
        and _host_name(request.headers.get("host", "")) in LOOPBACK_NAMES
        and not any(header in request.headers for header in FORWARDED)
    )


def _is_loopback(address: str) -> bool:
    try:
        known = ip_address(address)
    except ValueError:
        return False
    mapped = known.ipv4_mapped if isinstance(known, IPv6Address) else None
    return (mapped or known).is_loopback


def _host_name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
