"""`/members/import`: members from a spreadsheet; first what would change, then all of it, or nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Form, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from devices.errors import AlcolabError
from hub.members.exchange import importing
from hub.members.exchange.table import BYTES_MOST, BadTable
from hub.members.store import Store
from hub.web import members_words as words
from hub.web.login.roles import Administrator, Confirmed
from hub.web.pages.members.store import StoreHere
from hub.web.pages.visitor import Visitor, VisitorHere

router = APIRouter()

SHOWN_AT_MOST = 50
LOOK_EVERY_S = 0.3
FORM_AROUND = 16 * 1024
"""Bytes of a form around its file."""


@router.get("/members/import")
async def choose(visitor: VisitorHere, _: Administrator) -> HTMLResponse:
    return visitor.page("import.html", wrong="", why="")


@router.post("/members/import", max_body_size=BYTES_MOST + FORM_AROUND)
async def preview(
    visitor: VisitorHere,
    file: UploadFile,
    csrf: Annotated[str, Form(max_length=100)],  # noqa: ARG001 - `Confirmed` looks at it
    store: StoreHere,
    who: Administrator,
    *,
    _: Confirmed,
) -> HTMLResponse:
    """What the file would change; nothing is changed yet."""
    content = await file.read()
    try:
        plan = await store.read(importing.plan, content)
    except BadTable as error:
        return visitor.page("import.html", status=422, wrong=words.WRONG["file"], why=str(error))
    if not plan.wrong:
        visitor.site.uploads.keep(who.session.token_hash, content)
    return visitor.page(
        "import_preview.html",
        plan=plan,
        counts={change: plan.count(change) for change in importing.Change},
        steps=[step for step in plan.steps if step.change is not importing.Change.SAME][:SHOWN_AT_MOST],
        words=words,
    )


@router.post("/members/import/do")
async def carry_out(visitor: VisitorHere, store: StoreHere, who: Administrator, _: Confirmed) -> Response:
    """Imports, and shows how far it is while the page is still being written: no script is needed for that."""
    content = visitor.site.uploads.take(who.session.token_hash)
    if content is None:
        return RedirectResponse("/members/import", 303)
    return _carried_out(visitor, store, content, who.account.id)


def _carried_out(visitor: Visitor, store: Store, content: bytes, by: str) -> StreamingResponse:
    far = [0, 1]

    def progress(done: int, of: int) -> None:
        far[:] = done, of

    async def later() -> AsyncIterator[str]:
        work = asyncio.create_task(
            store.write(importing.carry_out, content, by=by, progress=progress), name="web: import"
        )
        while not work.done():
            yield visitor.html("import_progress.html", done=far[0], of=far[1])
            await asyncio.wait({work}, timeout=LOOK_EVERY_S)
        try:
            yield visitor.html("imported.html", plan=work.result(), why="", words=words, changes=importing.Change)
        except AlcolabError as error:
            yield visitor.html("imported.html", plan=None, why=str(error), words=words, changes=importing.Change)

    return visitor.stream("importing.html", later())
