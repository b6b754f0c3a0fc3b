"""`/arcade`: who plays, who is next, the buttons' tester, the technicians' controls, and the cabinet's own screen."""

from fastapi import APIRouter

from hub.web.pages.arcade import controls, queue, screen, technician

router = APIRouter(include_in_schema=False)
for part in (queue, controls, technician, screen):
    router.include_router(part.router)
