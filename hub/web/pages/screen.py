"""The small screen beside a door or a machine: what it says to whoever shows a badge, in their language.

While nobody does, it speaks every language at once, side by side, as the cabinet's does.
"""

from collections.abc import Mapping

from fastapi.responses import HTMLResponse

from hub.web import access_words
from hub.web.language import LANGUAGES, Language, translations
from hub.web.models import Device, Presence
from hub.web.pages.access.states import Display
from hub.web.pages.visitor import Visitor


def screen(
    visitor: Visitor,
    device: Device,
    display: Display | None,
    told: Mapping[str, str],
    *,
    idle: str = access_words.WELCOME,
    left_s: float | None = None,
) -> HTMLResponse:
    """The page. `told` has the words of each reason, `idle` is said while nobody shows a badge."""
    reason = _said(device, display, told, idle)
    is_personal = display is not None and display.reason == reason
    spoken = _spoken(visitor.language, display if is_personal else None)
    return visitor.page(
        "access_screen.html",
        device=device,
        reason=reason,
        granted=reason in access_words.GRANTED,
        spoken={each: translations(each).gettext(told[reason]) for each in spoken},
        sign=access_words.screen_sign(reason),
        left_s=left_s,
    )


def _said(device: Device, display: Display | None, told: Mapping[str, str], idle: str) -> str:
    """What is so now, as far as there are words for it."""
    if device.presence is Presence.OFFLINE:
        return access_words.SILENT
    return display.reason if display and display.reason and display.reason in told else idle


def _spoken(first: Language, display: Display | None) -> list[Language]:
    """The member's language alone, or all of them."""
    if display is not None:
        return [LANGUAGES.get(display.language or "", first)]
    return [first, *(each for each in LANGUAGES.values() if each != first)]
