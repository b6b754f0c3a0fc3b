"""`/access`: doors, for everybody and for those who welcome members; and the screen beside each door."""

from fastapi import APIRouter

from hub.web.pages.access.doors import router as doors
from hub.web.pages.access.screen import router as screen

router = APIRouter(include_in_schema=False)
for part in (doors, screen):
    router.include_router(part)
