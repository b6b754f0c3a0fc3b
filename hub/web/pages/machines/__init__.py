"""`/machines`: machines, for everybody and for those who look after them; and the screen beside each machine."""

from fastapi import APIRouter

from hub.web.pages.machines.floor import router as floor
from hub.web.pages.machines.screen import router as screen

router = APIRouter(include_in_schema=False)
for part in (floor, screen):
    router.include_router(part)
