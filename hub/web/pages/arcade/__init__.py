"""`/arcade`: who plays, who is next, the buttons' tester, the technicians' controls, and the cabinet's own screen."""

from fastapi import APIRouter

from hub.web.pages.arcade.controls import router as controls
from hub.web.pages.arcade.queue import router as queue
from hub.web.pages.arcade.screen import router as screen
from hub.web.pages.arcade.technician import router as technician

router = APIRouter(include_in_schema=False)
for part in (queue, controls, technician, screen):
    router.include_router(part)
