"""What the cabinet itself shows."""

import re

import pytest

from hub.web import arcade_words
from hub.web.language import LANGUAGES
from hub.web.pages.arcade.screen import NEXT_AT_MOST
from tests.hub.web.cabinets import HERE
from tests.hub.web.test_arcade import arcade
from tests.hub.web.test_pages import text_of

PAGE = f"/arcade/{HERE}/screen"


@pytest.mark.parametrize("kind", arcade_words.MESSAGES)
async def test_every_message_stands_there_in_every_language(kind: str) -> None:
    async with arcade() as (cabinet, client):
        cabinet.say("message", {"kind": kind, "ticket": "cat", "seconds": None})
        page = (await client.get(PAGE)).text
    said = re.findall(r'<(?:h1|p) lang="(\w+)" dir="(\w+)">([^<]+)<', page)
    assert [(code, direction) for code, direction, _ in said] == [
        (each.code, each.direction) for each in LANGUAGES.values()
    ]
    assert len({text for _, _, text in said}) == len(LANGUAGES)
    assert not any("{" in text for _, _, text in said)


async def test_whoever_is_called_sees_the_animal_and_reads_its_name() -> None:
    async with arcade() as (cabinet, client):
        cabinet.say("message", {"kind": "call", "ticket": "elephant", "seconds": 45})
        page = await client.get(PAGE)
    assert "Éléphant : c’est à vous !" in text_of(page)
    assert "الفيل" in text_of(page) or "فيل: حان دوركم!" in text_of(page)
    assert "animals.svg#elephant" in page.text


async def test_the_language_of_the_screens_browser_comes_first() -> None:
    async with arcade() as (_, client):
        page = (await client.get(PAGE, headers={"accept-language": "ar"})).text
    assert re.findall(r'<(?:h1|p) lang="(\w+)"', page) == ["ar", "fr", "en", "tr", "pt", "uk"]


async def test_time_left_and_who_is_next_are_shown() -> None:
    async with arcade() as (cabinet, client):
        cabinet.turn("playing", "lion", 61.0)
        cabinet.queue("owl", "bee", "cat", "dog")
        page = text_of(await client.get(PAGE))
    assert "Temps restant : 1:01" in page or "Temps restant : 1:00" in page
    assert "Les suivants Hibou Abeille Chat" in page
    assert "Chien" not in page
    assert NEXT_AT_MOST == 3


@pytest.mark.parametrize("message", [None, {"kind": "dance"}, {"kind": 5}])
async def test_a_message_that_it_does_not_know_is_a_welcome(message: object) -> None:
    async with arcade() as (cabinet, client):
        cabinet.say("message", message)  # type: ignore[arg-type]  # as it might come over MQTT
        assert "Bienvenue !" in text_of(await client.get(PAGE))


async def test_a_cabinet_whose_hardware_does_not_answer_is_out_of_order() -> None:
    async with arcade() as (cabinet, client):
        cabinet.served.offline(HERE)
        assert "En panne. Appelez l’équipe." in text_of(await client.get(PAGE))
