"""`/arcade/<cabinet>/screen`: what the cabinet itself shows beside the game, in every language at once.

Side by side, not in turn: whoever stands two metres away need not wait for a language, nothing moves, and each language
has its place, which is learnt with the first look.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from hub.web import arcade_words
from hub.web.language import LANGUAGES, Language, translations
from hub.web.models import Presence
from hub.web.pages.arcade.cabinet import Cabinet, CabinetHere
from hub.web.pages.arcade.states import Message
from hub.web.pages.live_words import live_words
from hub.web.pages.visitor import VisitorHere

router = APIRouter()

NEXT_AT_MOST = 3
"""Those that the screen has room for."""


@router.get("/arcade/{cabinet}/screen")
async def screen(visitor: VisitorHere, cabinet: CabinetHere) -> HTMLResponse:
    message = _message(cabinet)
    spoken = [visitor.language, *(each for each in LANGUAGES.values() if each != visitor.language)]
    return visitor.page(
        "arcade_screen.html",
        cabinet=cabinet,
        message=message,
        spoken={each: in_words(message, each) for each in spoken},
        sign=arcade_words.MESSAGE_SIGNS[message.kind],
        next=cabinet.queue[:NEXT_AT_MOST],
        words={**live_words(visitor.language, animals=arcade_words.ANIMALS), **_every_language()},
    )


def _message(cabinet: Cabinet) -> Message:
    """What the cabinet says, as far as the screen knows the words for it."""
    if cabinet.device.presence is Presence.OFFLINE:
        return Message(kind=arcade_words.BROKEN)
    known = cabinet.message
    return known if known and known.kind in arcade_words.MESSAGES else Message(kind=arcade_words.WELCOME)


def in_words(message: Message, language: Language) -> str:
    """The message in one language."""
    gettext = translations(language).gettext
    animal = gettext(arcade_words.ANIMALS.get(message.ticket or "", arcade_words.SOMEBODY))
    return gettext(arcade_words.MESSAGES[message.kind]).replace("{animal}", animal)


def _every_language() -> Mapping[str, Any]:
    def everywhere(table: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
        return {
            code: {key: translations(language).gettext(message) for key, message in table.items()}
            for code, language in LANGUAGES.items()
        }

    return {
        "messages": everywhere(arcade_words.MESSAGES),
        "everyAnimal": everywhere({**arcade_words.ANIMALS, "": arcade_words.SOMEBODY}),
        "messageSigns": arcade_words.MESSAGE_SIGNS,
        "nextAtMost": NEXT_AT_MOST,
    }
