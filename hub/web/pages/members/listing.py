"""`/members`: whom the lab knows, by name, a page at a time."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from hub.members import people
from hub.members.model import Found
from hub.members.rows import today
from hub.web import members_words as words
from hub.web.login.roles import Team
from hub.web.pages.members.store import StoreHere
from hub.web.pages.visitor import VisitorHere

router = APIRouter()

ON_A_PAGE = 25


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of the list."""

    found: Found
    number: int

    @property
    def last(self) -> int:
        return max(1, -(-self.found.total // ON_A_PAGE))


@router.get("/members")
async def listing(
    visitor: VisitorHere,
    store: StoreHere,
    _: Team,
    *,
    q: Annotated[str, Query(max_length=100)] = "",
    group: Annotated[str, Query(max_length=63)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    done: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    offset = (page - 1) * ON_A_PAGE
    found = await store.read(people.search, q, group=group or None, offset=offset, limit=ON_A_PAGE)
    return visitor.page(
        "members.html",
        sheet=Sheet(found, page),
        groups=await store.read(people.groups),
        q=q,
        group=group,
        today=today(),
        told=words.DONE.get(done),
    )
