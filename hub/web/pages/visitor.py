"""Who reads a page: in which language, and what the lab shows them."""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, StreamingResponse
from markupsafe import Markup

from hub.web import language
from hub.web.language import LANGUAGES, Language
from hub.web.login.roles import whoever
from hub.web.login.signed_in import SignedIn
from hub.web.pages.sections import sections
from hub.web.site import Site, site_of
from hub.web.templating import environment

COOKIE = "lang"
A_YEAR_S = 365 * 86_400
LATER = Markup("<!-- later -->")


@dataclass(frozen=True, slots=True)
class Visitor:
    """The reader of one page."""

    request: Request
    site: Site
    language: Language
    who: SignedIn | None = None
    """None: nobody has signed in."""

    def page(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """The page, in the visitor's language; a language chosen by `?lang=` is remembered."""
        response = HTMLResponse(self.html(template, **context), status, self._headers())
        if self.request.query_params.get("lang") == self.language.code:
            secure = self.request.url.scheme == "https"
            response.set_cookie(COOKIE, self.language.code, A_YEAR_S, httponly=True, samesite="lax", secure=secure)
        return response

    def html(self, template: str, **context: Any) -> str:
        """What stands on a page, or on a piece of one."""
        everywhere = {
            "languages": LANGUAGES.values(),
            "path": self.request.url.path,
            "sections": sections(self.site, self.who),
            "who": self.who,
            "has_login": self.site.login is not None,
        }
        return environment(self.language).get_template(template).render(**everywhere, **context)

    def stream(self, template: str, later: AsyncIterable[str], **context: Any) -> StreamingResponse:
        """A page that says at once what is known, and the rest as it comes: each piece of HTML is put where the
        template says `LATER`. The browser shows it while it is still being written, with no script.
        """
        before, _, after = self.html(template, later=LATER, **context).partition(LATER)

        async def written() -> AsyncIterator[str]:
            yield before
            async for piece in later:
                yield piece
            yield after

        return StreamingResponse(written(), headers=self._headers(), media_type="text/html; charset=utf-8")

    def _headers(self) -> dict[str, str]:
        headers = {"content-language": self.language.code, "vary": "Accept, Accept-Language, Cookie"}
        return headers if self.who is None else {**headers, "cache-control": "no-store"}


async def visitor(request: Request) -> Visitor:
    """The reader of this request."""
    chosen = language.negotiate(
        request.query_params.get("lang"), request.cookies.get(COOKIE), request.headers.get("accept-language", "")
    )
    return Visitor(request, await site_of(request), chosen, await whoever(request))


VisitorHere = Annotated[Visitor, Depends(visitor)]
