"""The templates, once in each language."""

import re
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from hub.web import formats, words
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
    templates.globals.update(language=language, pictogram=words.pictogram, signs=words.SIGNS)
    templates.filters.update(
        ago=lambda at: formats.ago(at, datetime.now(UTC), language) or gettext("just now"),
        decimals=formats.decimals,
        number=partial(formats.number, language=language),
        channel=partial(words.called, table=words.CHANNELS, gettext=gettext),
        place=partial(words.called, table=words.PLACES, gettext=gettext),
        quality=lambda quality: gettext(words.QUALITIES[quality]),
        presence=lambda presence: gettext(words.PRESENCES[presence]),
        advice=lambda presence: words.ADVICE[presence] and gettext(words.ADVICE[presence]),
        condition=lambda condition: gettext(words.CONDITIONS[condition]),
        prose=_prose,
        verdict=lambda verdict: gettext(words.VERDICTS[verdict]),
    )
    return templates


def _prose(text: str) -> Markup:
    """Our docstrings write names of programs between backticks; a page shows them as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped first
