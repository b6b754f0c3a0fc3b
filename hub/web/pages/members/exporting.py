"""All members for a spreadsheet, and for one member everything that is kept of them (RGPD, articles 15 and 20)."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from hub.members.exchange import exporting
from hub.web.login.roles import Administrator, Desk
from hub.web.pages.members.store import MemberHere, StoreHere

router = APIRouter()

NEVER_KEPT = {"cache-control": "no-store"}


@router.get("/members/export.csv")
async def everybody(store: StoreHere, _: Administrator) -> Response:
    headers = {"content-disposition": 'attachment; filename="members.csv"', **NEVER_KEPT}
    return Response(await store.read(exporting.as_csv), headers=headers, media_type="text/csv; charset=utf-8")


@router.get("/members/{member}/export.json")
async def one(member: MemberHere, store: StoreHere, _: Desk) -> JSONResponse:
    headers = {"content-disposition": f'attachment; filename="{member.id}.json"', **NEVER_KEPT}
    return JSONResponse(await store.read(exporting.about, member.id), headers=headers)
