"""Who plays, who is next, and a place in the queue for whoever wants to play."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from devices.device import Json
from hub.web.site import JOINS_AT_MOST
from hub.web.tickets import new_key
from tests.hub.web.cabinets import ELSEWHERE, HERE, OPTIONS, Cabinet, arcade_lab
from tests.hub.web.served import Served, browsing
from tests.hub.web.test_pages import text_of

JOIN, LEAVE = f"/arcade/{HERE}/join", f"/arcade/{HERE}/leave"


@asynccontextmanager
async def arcade() -> AsyncIterator[tuple[Cabinet, httpx.AsyncClient]]:
    """A cabinet that is open and free, and somebody with a browser."""
    async with browsing(Served(lab=arcade_lab())) as (lab, client):
        with Cabinet(lab).answering() as cabinet:
            lab.online(HERE)
            cabinet.turn("free")
            cabinet.queue()
            client.headers["origin"] = lab.url
            yield cabinet, client


def another_visitor(client: httpx.AsyncClient) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=client.base_url, headers={"origin": client.headers["origin"]})


def form(key: str | None = None) -> dict[str, str]:
    return {"key": key or new_key()}


async def join(client: httpx.AsyncClient, key: str | None = None) -> str:
    """Press the button; what the page says afterwards."""
    answer = await client.post(JOIN, data=form(key), follow_redirects=True)
    assert answer.status_code == 200
    return text_of(answer)


async def test_the_portal_has_a_tile_for_the_arcade() -> None:
    async with arcade() as (_, client):
        page = await client.get("/")
    assert 'href="/arcade"' in page.text
    assert "Qui joue ? Quand est-ce à vous ?" in text_of(page)


async def test_a_lab_without_a_cabinet_does_not_speak_of_one() -> None:
    async with browsing() as (_, client):
        assert "/arcade" not in (await client.get("/")).text
        assert "pas encore de borne" in text_of(await client.get("/arcade"))


async def test_the_page_says_who_plays_how_long_what_and_who_is_next() -> None:
    async with arcade() as (cabinet, client):
        cabinet.as_on_a_common_day()
        page = text_of(await client.get("/arcade"))
    assert re.search(r"Partie en cours Tigre Temps restant : 4:0[3-5] Jeu : Street Fighter II", page)
    assert "Les suivants Lion Vous 5 min Baleine Vous 10 min" in page  # only the visitor's own is marked so
    assert "Ouvert jusqu’à 18:30" in page
    assert "Heures calmes" in page
    assert "Mettez une pièce pour jouer. Crédits : 2" in page
    assert "coin slot: stuck low: look for a jammed coin" in page


async def test_the_statistics_are_a_table_with_heads() -> None:
    async with arcade() as (cabinet, client):
        cabinet.as_on_a_common_day()
        page = (await client.get("/arcade")).text
    table = page[page.index("<table>") : page.index("</table>")]
    assert table.count('scope="col"') == 3
    assert table.count('scope="row"') == 5
    rows = re.findall(r"<td>([^<]+)</td>\s*<td>\1</td>\s*<td>\1</td>", table)
    assert [" ".join(row.split()) for row in rows] == ["12", "3,4", "9", "40 %", "2 min"]


@pytest.mark.parametrize("state", ["turn", "queue", "hours", "game", "credits", "statistics", "controls", "problems"])
async def test_a_state_that_cannot_be_read_is_as_if_it_had_not_been_said(state: str) -> None:
    nonsense: list[Json] = [None, 7, -1, "x", [], [None], {}, {"phase": "x"}, [{"ticket": 5}], {"open": "?"}]
    async with arcade() as (cabinet, client):
        for value in nonsense:
            cabinet.say(state, value)
            for page in ("", f"/{HERE}/controls", f"/{HERE}/technician", f"/{HERE}/screen"):
                assert (await client.get(f"/arcade{page}")).status_code == 200


async def test_a_ticket_without_a_drawing_leaves_its_paw() -> None:
    async with arcade() as (cabinet, client):
        cabinet.turn("playing", "sea-horse", 60)
        page = await client.get("/arcade")
    assert "Sea horse" in text_of(page)
    assert "animals.svg#paw" in page.text


async def test_whoever_joins_gets_an_animal_and_the_page_remembers_whose_it_is() -> None:
    async with arcade() as (cabinet, client):
        cabinet.queue("lion")
        page = await join(client)
        assert "Votre animal : Renard" in page
        (cookie,) = client.cookies.jar
        async with another_visitor(client) as another:
            assert "renard" not in text_of(await another.get("/arcade")).lower().partition("les suivants")[0]
    assert [action for action, _ in cabinet.asked] == ["join"]
    assert (cookie.name, cookie.path, cookie.has_nonstandard_attr("HttpOnly")) == ("ticket", "/arcade", True)
    assert cookie.get_nonstandard_attr("SameSite") == "lax"
    assert "fox" not in str(cookie.value)


async def test_a_visitor_has_one_ticket() -> None:
    async with arcade() as (cabinet, client):
        await join(client)
        await join(client)
        await client.post(f"/arcade/{ELSEWHERE}/join", data=form())
    assert [action for action, _ in cabinet.asked] == ["join"]


async def test_a_button_that_is_pressed_twice_draws_one_ticket() -> None:
    async with arcade() as (cabinet, client), another_visitor(client) as same_form:
        key = new_key()
        await join(client, key)
        assert "Renard" in await join(same_form, key)
    assert cabinet.waiting == ["fox"]


async def test_the_form_of_an_old_page_draws_a_new_ticket() -> None:
    async with arcade() as (cabinet, client):
        key = new_key()
        await join(client, key)
        await client.post(LEAVE)
        assert "Votre animal : Hibou" in await join(client, key)
    assert cabinet.waiting == ["owl"]


async def test_whoever_is_called_is_told_so() -> None:
    async with arcade() as (cabinet, client):
        await join(client)
        cabinet.turn("calling", "fox", 45)
        cabinet.queue()
        assert "C’est à vous ! Allez à la borne" in text_of(await client.get("/arcade"))
        cabinet.turn("playing", "fox", 600)
        page = await client.get("/arcade")
    assert "Vous jouez." in text_of(page)
    assert f'action="{LEAVE}" hidden>' in page.text


async def test_a_place_is_given_back() -> None:
    async with arcade() as (cabinet, client):
        await join(client)
        page = text_of(await client.post(LEAVE, follow_redirects=True))
    assert "Vous avez rendu votre place" in page
    assert cabinet.asked[-1] == ("leave", {"ticket": "fox"})
    assert cabinet.waiting == []
    assert "ticket" not in client.cookies


@pytest.mark.parametrize("cookie", ["fox", "arcade/fox", "0" * 32, "x" * 64])
async def test_nobody_gives_back_the_place_of_another(cookie: str) -> None:
    async with arcade() as (cabinet, client), another_visitor(client) as another:
        await join(client)
        another.cookies.set("ticket", cookie, path="/arcade")
        await another.post(LEAVE)
        await another.post(LEAVE, data={"ticket": "fox"})
    assert cabinet.waiting == ["fox"]


async def test_when_the_cabinet_refuses_the_visitor_is_told_kindly() -> None:
    async with arcade() as (cabinet, client):
        cabinet.refuses = "Traceback: no"
        page = await join(client)
    assert "Ça n’a pas marché" in page
    assert "Traceback" not in page
    assert "ticket" not in client.cookies


async def test_a_reply_without_a_ticket_gives_none() -> None:
    async with arcade() as (cabinet, client):
        cabinet.tickets = iter(())
        page = await join(client)
    assert "Ça n’a pas marché" in page
    assert "ticket" not in client.cookies


async def test_a_place_that_cannot_be_given_back_stays_the_visitors() -> None:
    async with arcade() as (cabinet, client):
        await join(client)
        cabinet.refuses = "no"
        page = text_of(await client.post(LEAVE, follow_redirects=True))
    assert "Ça n’a pas marché" in page
    assert "Votre animal : Renard" in page


async def test_when_the_queue_is_full_nobody_is_asked() -> None:
    async with arcade() as (cabinet, client):
        cabinet.queue(*("lion", "whale", "zebra", "koala")[: OPTIONS.turns.queue])
        assert "Beaucoup de monde attend déjà" in await join(client)
        assert cabinet.asked == []


@pytest.mark.parametrize("how", ["turn", "hours"])
async def test_when_the_arcade_is_closed_there_is_no_button(how: str) -> None:
    async with arcade() as (cabinet, client):
        if how == "turn":
            cabinet.turn("closed")
        else:
            cabinet.say("hours", {"open": False, "quiet": False, "next": "14:00"})
        page = await client.get("/arcade")
        assert re.search(r'action="/arcade/arcade/join" hidden>', page.text)
        assert "L’arcade est fermée" in await join(client)
        assert cabinet.asked == []


async def test_a_cabinet_that_does_not_answer_is_not_asked() -> None:
    async with arcade() as (cabinet, client):
        cabinet.served.offline(HERE, "no gpiochip")
        page = await join(client)
        assert cabinet.asked == []
    assert "La borne ne répond pas" in page
    assert "Partie en cours" not in page
    assert "no gpiochip" in page


async def test_one_address_joins_only_so_often() -> None:
    async with arcade() as (cabinet, client):
        cabinet.refuses = "no"
        pages = [await join(client) for _ in range(JOINS_AT_MOST + 1)]
    assert "C’était trop de fois" in pages[-1]
    assert "C’était trop de fois" not in pages[-2]
    assert len(cabinet.asked) == JOINS_AT_MOST


@pytest.mark.parametrize("path", [JOIN, LEAVE, f"/arcade/{HERE}/watch"])
async def test_another_sites_page_does_nothing_here(path: str) -> None:
    async with arcade() as (cabinet, client):
        await join(client)
        answer = await client.post(path, data=form(), headers={"origin": "http://evil.example"})
        assert answer.status_code == 403
        assert len(cabinet.asked) == 1


@pytest.mark.parametrize("key", ["", "x", "A" * 32, "0" * 33, "../../../../../etc/passwd"])
async def test_a_key_that_no_page_made_is_refused(key: str) -> None:
    async with arcade() as (cabinet, client):
        assert (await client.post(JOIN, data={"key": key})).status_code == 422
        assert cabinet.asked == []


@pytest.mark.parametrize("path", ["/arcade/nothing/controls", "/arcade/nothing/screen", "/arcade/nothing/technician"])
async def test_a_cabinet_that_is_not_there_is_told_so(path: str) -> None:
    async with arcade() as (_, client):
        assert (await client.get(path)).status_code == 404


async def test_a_garden_bed_is_no_cabinet() -> None:
    async with browsing() as (_, client):
        assert (await client.get("/arcade/vegetable-patch/controls")).status_code == 404


async def test_what_is_told_comes_from_the_page_and_not_from_the_address() -> None:
    async with arcade() as (_, client):
        page = await client.get("/arcade", params={"told": "<b>you won</b>"[:20]})
    assert "you won" not in page.text


async def test_the_page_of_a_cabinet_that_was_never_heard_says_so() -> None:
    async with browsing(Served(lab=arcade_lab())) as (_, client):
        page = await client.get("/arcade")
    assert "Borne d’arcade Pas encore de nouvelles" in text_of(page)
    assert page.text.count('hidden>\n        <input type="hidden" name="key"') == 2
