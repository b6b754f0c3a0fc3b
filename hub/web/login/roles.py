"""What a route asks of whoever uses it: `Annotated` dependencies, one for each kind of work."""

import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.status import HTTP_303_SEE_OTHER

from hub.members.model import AccountRole
from hub.web.login.cookie import token_of
from hub.web.login.signed_in import SignedIn
from hub.web.security import SameOrigin
from hub.web.site import site_of

READS = frozenset({"GET", "HEAD"})


async def whoever(request: Request) -> SignedIn | None:
    """Who asks, if they have signed in; looked up once for a request."""
    if not hasattr(request.state, "signed_in"):
        request.state.signed_in = None  # when the database is away, the page that says so does not ask again
        login = (await site_of(request)).login
        request.state.signed_in = await login.who(token_of(request)) if login else None
    found: SignedIn | None = request.state.signed_in
    return found


Whoever = Annotated[SignedIn | None, Depends(whoever)]


class NotForThisRole(HTTPException):
    """Signed in, but not for this."""

    def __init__(self, account: AccountRole, needed: tuple[AccountRole, ...]) -> None:
        super().__init__(403, f"this is for the role {' or '.join(needed)}; this account is {account}")


def needs(*roles: AccountRole) -> Callable[..., Awaitable[SignedIn]]:
    """Refuse whoever is not signed in with one of these roles; administrators may everything."""

    async def needed(request: Request, who: Whoever) -> SignedIn:
        if who is None:
            raise _sign_in_first(request)
        if not who.may(*roles):
            raise NotForThisRole(who.account.role, (*roles, AccountRole.ADMINISTRATOR))
        return who

    return needed


def _sign_in_first(request: Request) -> HTTPException:
    """To the page for it, and back from there; a program, or a form whose session is over, gets a 401."""
    if request.method in READS and not request.url.path.startswith("/api/"):
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return HTTPException(HTTP_303_SEE_OTHER, "sign in first", {"location": f"/login?next={quote(here, safe='')}"})
    return HTTPException(401, "sign in first at /login", {"www-authenticate": 'Session realm="ALCOLAB"'})


Anybody = Annotated[SignedIn, Depends(needs(*AccountRole))]
"""Whoever is signed in."""
Administrator = Annotated[SignedIn, Depends(needs())]
Desk = Annotated[SignedIn, Depends(needs(AccountRole.RECEPTION))]
"""Who welcomes members."""
Team = Annotated[SignedIn, Depends(needs(AccountRole.RECEPTION, AccountRole.TRAINER))]
"""Who sees members."""
Trainer = Annotated[SignedIn, Depends(needs(AccountRole.TRAINER))]
Technician = Annotated[SignedIn, Depends(needs(AccountRole.TECHNICIAN))]
Workshop = Annotated[SignedIn, Depends(needs(AccountRole.TRAINER, AccountRole.TECHNICIAN))]
"""Who looks after those who work at machines."""


class SignedForm(BaseModel):
    """A form of a page behind the login: it carries the session's token, which `Confirmed` looks at."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    csrf: Annotated[str, Field(max_length=100)]


async def confirmed(request: Request, who: Anybody, _: SameOrigin) -> AsyncGenerator[None, None]:
    """Refuse a form that a page of this very session did not send."""
    async with request.form() as fields:
        csrf = fields.get("csrf")
        if not isinstance(csrf, str) or not secrets.compare_digest(csrf.encode(), who.csrf.encode()):
            raise HTTPException(403, "this form is not from a page of this session: open the page again")
        yield


Confirmed = Annotated[None, Depends(confirmed)]
"""For every route behind the login that changes something."""
