"""Who reads a page: in which language, and what the lab shows them."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from hub.web import language
from hub.web.language import LANGUAGES, Language
from hub.web.pages.sections import sections
from hub.web.site import Site, site_of
from hub.web.templating import environment

COOKIE = "lang"
A_YEAR_S = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Visitor:
    """The reader of one page."""

    request: Request
    site: Site
    language: Language

    def page(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """The page, in the visitor's language; a language chosen by `?lang=` is remembered."""
        html = (
            environment(self.language)
            .get_template(template)
            .render(
                languages=LANGUAGES.values(),
                path=self.request.url.path,
                sections=sections(self.site),
                **context,
            )
        )
        headers = {"content-language": self.language.code, "vary": "Accept, Accept-Language, Cookie"}
        response = HTMLResponse(html, status, headers)
        if self.request.query_params.get("lang") == self.language.code:
            secure = self.request.url.scheme == "https"
            response.set_cookie(COOKIE, self.language.code, A_YEAR_S, httponly=True, samesite="lax", secure=secure)
        return response


async def visitor(request: Request) -> Visitor:
    """The reader of this request."""
    chosen = language.negotiate(
        request.query_params.get("lang"), request.cookies.get(COOKIE), request.headers.get("accept-language", "")
    )
    return Visitor(request, await site_of(request), chosen)


VisitorHere = Annotated[Visitor, Depends(visitor)]
