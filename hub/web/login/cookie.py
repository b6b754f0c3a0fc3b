"""The session's cookie: it travels over TLS, or not beyond this machine."""

from fastapi import Request, Response

from hub.web.security import is_on_this_machine

OVER_TLS = "__Host-session"
"""Browsers take this name only with Secure, from this host and for all of it (RFC 6265bis, 4.1.3.2)."""
ON_THIS_MACHINE = "session"


def keeps_secrets(request: Request) -> bool:
    """Whether a password may be typed into this page: nobody on the way reads along."""
    return request.url.scheme == "https" or is_on_this_machine(request)


def token_of(request: Request) -> str | None:
    """The session's token that the browser brings; one that travelled in the clear counts for nothing."""
    return request.cookies.get(_name(request)) if keeps_secrets(request) else None


def give(response: Response, request: Request, token: str) -> None:
    """Have the browser bring the token from now on, until it is closed or the session ends."""
    secure = request.url.scheme == "https"
    response.set_cookie(_name(request), token, path="/", httponly=True, samesite="strict", secure=secure)


def take_back(response: Response, request: Request) -> None:
    """Have the browser forget it."""
    secure = request.url.scheme == "https"
    response.delete_cookie(_name(request), path="/", httponly=True, samesite="strict", secure=secure)


def _name(request: Request) -> str:
    return OVER_TLS if request.url.scheme == "https" else ON_THIS_MACHINE
