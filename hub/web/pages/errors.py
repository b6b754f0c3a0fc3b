"""When something goes wrong: a page in the visitor's language, or a problem (RFC 9457) for a program."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from devices.errors import AlcolabError
from hub.members.model import Conflict, NoSuch
from hub.web.login.roles import NotForThisRole
from hub.web.models import Problem
from hub.web.pages.health import prefers_json
from hub.web.pages.visitor import visitor
from hub.web.security import HEADERS
from hub.web.words import gettext_noop

TITLES: Mapping[int, str] = {
    401: gettext_noop("Please sign in"),
    403: gettext_noop("This is not allowed"),
    404: gettext_noop("This page does not exist"),
    409: gettext_noop("That cannot be done"),
    413: gettext_noop("That is too big"),
    429: gettext_noop("That was too often"),
    503: gettext_noop("Not possible just now"),
}
ADVICE: Mapping[int, str] = {
    401: gettext_noop("You were away for a while. Sign in, then do it again."),
    403: gettext_noop("Go back and try again from a page of the lab."),
    404: gettext_noop("Perhaps it moved. Start again from the first page."),
    409: gettext_noop("Read why below, then go back and try again."),
    413: gettext_noop("Send something smaller."),
    429: gettext_noop("Wait a minute and try again."),
    503: gettext_noop("Wait a minute and try again."),
}
NOT_UNDERSTOOD = (gettext_noop("The lab did not understand"), gettext_noop("Go back and try again."))
NOT_YOURS = (
    gettext_noop("This is for others of the team"),
    gettext_noop("If you need it, ask an administrator."),
)
BROKEN = (gettext_noop("Something broke"), gettext_noop("It is not your fault. Please tell the fablab team."))


class Explained(HTTPException):
    """An error whose page says more than its status does. `title` and `advice` are in the catalogues."""

    def __init__(self, status: int, *, title: str, advice: str, detail: str) -> None:
        super().__init__(status, detail)
        self.title = title
        self.advice = advice


def explain_errors(app: FastAPI) -> None:
    """Answer every error of this application in words."""
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(NoSuch, _gone)
    app.add_exception_handler(Conflict, _conflict)
    app.add_exception_handler(AlcolabError, _not_possible)
    app.add_exception_handler(Exception, _unexpected)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - for the type checker: it is registered for this class only
    if error.headers and "location" in error.headers:
        return RedirectResponse(error.headers["location"], error.status_code)
    words = (error.title, error.advice) if isinstance(error, Explained) else None
    words = NOT_YOURS if isinstance(error, NotForThisRole) else words
    return await _answer(request, error.status_code, str(error.detail), error.headers, words)


async def _not_valid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    found = "; ".join(f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors())
    return await _answer(request, 422, found)


async def _gone(request: Request, error: Exception) -> Response:
    return await _answer(request, 404, str(error))


async def _conflict(request: Request, error: Exception) -> Response:
    return await _answer(request, 409, str(error))


async def _not_possible(request: Request, error: Exception) -> Response:
    return await _answer(request, 503, str(error))


async def _unexpected(request: Request, _: Exception) -> Response:
    """The traceback is in the log. This answer passes by the middleware, so it takes its headers itself.

    Who asks is not looked up again: that may be what broke.
    """
    request.state.signed_in = None
    return await _answer(request, 500, "the lab's log says why", HEADERS)


async def _answer(
    request: Request,
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    words: tuple[str, str] | None = None,
) -> Response:
    for_program = request.url.path.startswith("/api/") or prefers_json(request.headers.get("accept", ""))
    if for_program:
        problem = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
        return JSONResponse(problem.model_dump(), status, headers, media_type="application/problem+json")
    title, advice = words or _usual_words(status)
    page = await visitor(request)
    response = page.page("error.html", status=status, title=title, advice=advice, detail=detail)
    response.headers.update(headers or {})
    return response


def _usual_words(status: int) -> tuple[str, str]:
    title, advice = BROKEN if status == 500 else NOT_UNDERSTOOD
    return TITLES.get(status, title), ADVICE.get(status, advice)
