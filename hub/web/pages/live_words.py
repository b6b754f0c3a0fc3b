"""What a page's scripts say: the same messages as its template, from the same catalogue."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from devices.board.clock import rfc3339
from hub.web import arcade_words, words
from hub.web.language import Language, translations
from hub.web.words import gettext_noop

CONNECTIONS: Mapping[str, str] = {
    "live": gettext_noop("Live"),
    "lost": gettext_noop("Connection lost. The values are old. Trying again…"),
}
ANNOUNCEMENTS: Mapping[str, str] = {
    "online": gettext_noop("{place} works again."),
    "offline": gettext_noop("{place} does not answer."),
}


def live_words(language: Language, **more: Mapping[str, str]) -> Mapping[str, Any]:
    """For the page's `<script type="application/json" id="words">`; `more` are tables of messages of its own."""
    gettext = translations(language).gettext

    def translated(table: Mapping[str, str]) -> Mapping[str, str]:
        return {key: message and gettext(message) for key, message in table.items()}

    return {
        "locale": language.tag,
        "now": rfc3339(datetime.now(UTC)),
        "justNow": gettext("just now"),
        "signs": {**words.SIGNS, **arcade_words.PHASE_SIGNS},
        "qualities": translated(words.QUALITIES),
        "presences": translated(words.PRESENCES),
        "advice": translated(words.ADVICE),
        "connections": translated(CONNECTIONS),
        "announcements": translated(ANNOUNCEMENTS),
        **{name: translated(table) for name, table in more.items()},
    }
