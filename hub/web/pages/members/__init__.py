"""`/members`: the members, their badges and trainings; behind the login, but for the page on what is kept."""

from fastapi import APIRouter

from hub.web.pages.members.badges import router as badges
from hub.web.pages.members.exporting import router as exporting
from hub.web.pages.members.importing import router as importing
from hub.web.pages.members.listing import router as listing
from hub.web.pages.members.person import router as person
from hub.web.pages.members.privacy import router as privacy
from hub.web.pages.members.trainings import router as trainings

router = APIRouter(include_in_schema=False)
for part in (privacy, importing, exporting, listing, person, badges, trainings):
    router.include_router(part)
