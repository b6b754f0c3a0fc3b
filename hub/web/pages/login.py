"""`/login` and `/logout`: over TLS, or at the machine itself."""

import logging
import math
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from hub.members.passwords import LONGEST
from hub.web.login import cookie
from hub.web.login.login import Busy, Login, TooOften, WrongPassword
from hub.web.login.roles import Anybody, Confirmed, Whoever
from hub.web.pages.visitor import Visitor, VisitorHere
from hub.web.security import SameOrigin
from hub.web.site import Site

log = logging.getLogger(__name__)

router = APIRouter(include_in_schema=False)

Next = Annotated[str, Query(max_length=500)]


class Credentials(BaseModel):
    """What somebody types in."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[str, Field(min_length=1, max_length=LONGEST, repr=False)]
    next: Annotated[str, Field(max_length=500)] = ""


@router.get("/login")
async def login(visitor: VisitorHere, who: Whoever, next: Next = "") -> Response:  # noqa: A002 - the address says so
    if who is not None:
        return RedirectResponse(_safe(next), 303)
    return _page(visitor, next)


@router.post("/login")
async def sign_in(
    visitor: VisitorHere, request: Request, typed: Annotated[Credentials, Form()], _: SameOrigin
) -> Response:
    login = _login_of(visitor.site)
    if not cookie.keeps_secrets(request):
        return _page(visitor, typed.next, status=403)
    try:
        token = await login.sign_in(typed.name, typed.password, request.client.host if request.client else "")
    except WrongPassword:
        log.info("a wrong name or password was tried from %s", request.client.host if request.client else "nowhere")
        return _page(visitor, typed.next, status=401, problem="wrong")
    except TooOften as error:
        wait_s = math.ceil(error.wait_s)
        answer = _page(visitor, typed.next, status=429, problem="often", wait_s=wait_s)
        answer.headers["retry-after"] = str(wait_s)
        return answer
    except Busy:
        return _page(visitor, typed.next, status=503, problem="busy")
    await login.end(cookie.token_of(request))  # whatever the browser brought ends: no session is taken over
    welcome = RedirectResponse(_safe(typed.next), 303)
    cookie.give(welcome, request, token)
    return welcome


@router.post("/logout")
async def sign_out(visitor: VisitorHere, request: Request, who: Anybody, _: Confirmed) -> RedirectResponse:
    await _login_of(visitor.site).sign_out(who)
    answer = RedirectResponse("/", 303)
    cookie.take_back(answer, request)
    return answer


def _login_of(site: Site) -> Login:
    assert site.login is not None  # noqa: S101 - for the type checker: where nobody signs in, this router is not there
    return site.login


def _page(visitor: Visitor, back: str, *, status: int = 200, problem: str = "", wait_s: int = 0) -> HTMLResponse:
    secure = cookie.keeps_secrets(visitor.request)
    answer = visitor.page("login.html", status=status, back=_safe(back), secure=secure, problem=problem, wait_s=wait_s)
    answer.headers["cache-control"] = "no-store"
    return answer


def _safe(back: str) -> str:
    """Where to go after signing in: a page of ours, or the first one."""
    ours = back.startswith("/") and not back.startswith("//") and "\\" not in back and back.isprintable()
    return back if ours else "/"
