"""The templates, once in each language."""

import re
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from hub.web import access_words, arcade_words, formats, words
from hub.web.language import Language, translations

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment(language: Language) -> Environment:
    """Templates that speak this language: `_()` and `{% trans %}` translate, the filters write as it does."""
    catalogue = translations(language)
    gettext = catalogue.gettext
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    templates.install_gettext_callables(gettext, catalogue.ngettext, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    templates.globals.update(language=language, pictogram=words.pictogram, signs=words.SIGNS, drawn=arcade_words.DRAWN)
    templates.filters.update(
        clock=formats.clock,
        minutes=partial(formats.minutes, language=language),
        percent=partial(formats.percent, language=language),
        ago=lambda at: formats.ago(at, datetime.now(UTC), language) or gettext("just now"),
        button=lambda button: gettext(arcade_words.BUTTONS.get(button, button)),
        decimals=formats.decimals,
        number=partial(formats.number, language=language),
        channel=lambda name: arcade_words.switch(name, gettext) or words.called(name, words.CHANNELS, gettext),
        animal=partial(words.called, table=arcade_words.ANIMALS, gettext=gettext),
        opening=lambda hours: arcade_words.opening(hours.open, hours.next, gettext),
        place=partial(words.called, table=words.PLACES, gettext=gettext),
        quality=lambda quality: gettext(words.QUALITIES[quality]),
        presence=lambda presence: gettext(words.PRESENCES[presence]),
        advice=lambda presence: words.ADVICE[presence] and gettext(words.ADVICE[presence]),
        condition=lambda condition: gettext(words.CONDITIONS[condition]),
        prose=_prose,
        days=partial(formats.days, language=language),
        day=partial(formats.day, language=language),
        hours=lambda hours: access_words.hours(hours, gettext, language),
        problem=lambda problem, name: access_words.problem(problem, name, gettext),
        time=partial(formats.time_of_day, language=language),
        wait=partial(formats.wait, language=language),
        verdict=lambda verdict: gettext(words.VERDICTS[verdict]),
    )
    return templates


def _prose(text: str) -> Markup:
    """Our docstrings write names of programs between backticks; a page shows them as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped first
