"""The buttons' tester as the server writes it."""

import re

from devices.device import Json
from tests.hub.web.cabinets import HERE, WORN
from tests.hub.web.test_arcade import arcade
from tests.hub.web.test_pages import text_of

PAGE, WATCH = f"/arcade/{HERE}/controls", f"/arcade/{HERE}/watch"


async def test_every_switch_of_each_player_is_drawn() -> None:
    async with arcade() as (cabinet, client):
        cabinet.as_on_a_common_day()
        page = (await client.get(PAGE)).text
    drawn = re.findall(r'class="light" data-player="(\d)" data-button="([a-z0-9]+)"', page)
    assert len(drawn) == len(set(drawn)) == 24
    assert ("2", "select") in drawn


async def test_what_is_pressed_is_lit() -> None:
    async with arcade() as (cabinet, client):
        cabinet.as_on_a_common_day()
        cabinet.say("pressed", {"1": ["up"], "2": []})
        page = (await client.get(PAGE)).text
    assert re.findall(r'data-player="(\d)" data-button="(\w+)" data-pressed="yes"', page) == [("1", "up")]


async def test_a_worn_switch_is_named_first_with_what_to_do() -> None:
    async with arcade() as (cabinet, client):
        cabinet.as_on_a_common_day()
        page = text_of(await client.get(PAGE))
    assert f"Contacts à vérifier Joueur 1 – Bouton départ {WORN}" in page
    assert page.index("Contacts à vérifier") < page.index("Haut")


async def test_each_switch_has_its_presses_bounces_and_delays() -> None:
    async with arcade() as (cabinet, client):
        cabinet.as_on_a_common_day()
        page = text_of(await client.get(PAGE)).replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "Bouton du bas 1 234 1 200 30 4 0 0,18 ms 0,9 ms" in page
    assert "Bouton de droite 0 0 0 0 0 – –" in page


async def test_a_switch_that_nobody_knows_is_left_out() -> None:
    buttons: Json = ["south", "kick"]
    async with arcade() as (cabinet, client):
        cabinet.say("controls", {"players": {"1": buttons}})
        page = (await client.get(PAGE)).text
    assert re.findall(r'class="light" data-player="1" data-button="(\w+)"', page) == ["south"]


async def test_a_cabinet_that_has_not_said_its_buttons_is_told_so() -> None:
    async with arcade() as (_, client):
        assert "pas encore dit quels boutons" in text_of(await client.get(PAGE))


async def test_the_cabinet_is_told_once_that_it_is_watched_however_many_look() -> None:
    async with arcade() as (cabinet, client):
        answers = [await client.post(WATCH) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [204] * 5
    assert cabinet.asked == [("watch", {})]


async def test_a_cabinet_that_cannot_be_watched_disturbs_nobody() -> None:
    async with arcade() as (cabinet, client):
        cabinet.refuses = "busy"
        assert (await client.post(WATCH)).status_code == 204
