"""`/members/privacy`: what the lab keeps of people, why, and how long; for everybody."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from hub.members.retention import RETENTION
from hub.web import privacy_words
from hub.web.pages.visitor import VisitorHere

router = APIRouter()


@router.get("/members/privacy")
async def privacy(visitor: VisitorHere) -> HTMLResponse:
    return visitor.page("privacy.html", table=RETENTION, words=privacy_words)
