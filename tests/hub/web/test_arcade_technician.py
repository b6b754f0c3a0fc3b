"""What technicians change, and from where."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from devices.device import Json
from hub.members.model import AccountRole
from tests.hub.web.cabinets import ELSEWHERE, HERE, Cabinet, arcade_lab, with_cabinets
from tests.hub.web.desks import Desk, access_lab, desk, send, sign_in
from tests.hub.web.served import HEALTHY, Served, browsing
from tests.hub.web.test_arcade import arcade
from tests.hub.web.test_pages import text_of

PAGE = f"/arcade/{HERE}/technician"
FORMS: list[tuple[str, dict[str, str], dict[str, Json]]] = [
    ("profile", {"name": "fighting"}, {"name": "fighting"}),
    (
        "remap",
        {"profile": "default", "button": "south", "to": "east"},
        {"profile": "default", "button": "south", "to": "east"},
    ),
    ("socd", {"profile": "default", "socd": "up-priority"}, {"profile": "default", "socd": "up-priority"}),
    (
        "turbo",
        {"profile": "default", "button": "west", "hertz": "10"},
        {"profile": "default", "button": "west", "hertz": 10},
    ),
    ("credit", {"credits": "3"}, {"credits": 3}),
    ("end-turn", {}, {}),
    ("renew-switch", {"player": "2", "button": "start"}, {"player": 2, "button": "start"}),
    ("test-lamps", {}, {}),
]
ELSEWHERE_HEADERS = [
    {"host": "hub.local:8080"},
    {"host": "evil.example"},
    {"x-forwarded-for": "192.0.2.1"},
    {"forwarded": "for=192.0.2.1"},
]


@pytest.mark.parametrize(("action", "fields", "arguments"), FORMS, ids=[action for action, _, _ in FORMS])
async def test_each_form_becomes_its_command(action: str, fields: dict[str, str], arguments: dict[str, Json]) -> None:
    async with arcade() as (cabinet, client):
        cabinet.as_on_a_common_day()
        page = (await client.get(PAGE)).text
        assert f'action="{PAGE}/{action}"' in page
        answer = await client.post(f"{PAGE}/{action}", data=fields, follow_redirects=True)
    assert cabinet.asked == [(action, arguments)]
    assert "C’est fait." in text_of(answer)


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("profile", {}),
        ("profile", {"name": "x" * 64}),
        ("remap", {"profile": "default", "button": "kick", "to": "east"}),
        ("socd", {"profile": "default", "socd": "?"}),
        ("turbo", {"profile": "default", "button": "west", "hertz": "31"}),
        ("turbo", {"profile": "default", "button": "west", "hertz": "nan"}),
        ("credit", {"credits": "0"}),
        ("credit", {"credits": "1e9"}),
        ("renew-switch", {"player": "5", "button": "start"}),
        ("end-turn", {"more": "x"}),
    ],
)
async def test_a_senseless_form_is_refused_in_words(action: str, fields: dict[str, str]) -> None:
    async with arcade() as (cabinet, client):
        answer = await client.post(f"{PAGE}/{action}", data=fields)
    assert (answer.status_code, cabinet.asked) == (422, [])
    assert "<h1>" in answer.text


async def test_a_file_instead_of_a_field_is_refused_in_words() -> None:
    async with arcade() as (cabinet, client):
        answer = await client.post(f"{PAGE}/profile", files={"name": ("x.txt", b"default")})
    assert (answer.status_code, cabinet.asked) == (422, [])


async def test_an_action_that_is_not_for_technicians_is_not_there() -> None:
    async with arcade() as (cabinet, client):
        assert (await client.post(f"{PAGE}/join")).status_code == 404
        assert cabinet.asked == []


@pytest.mark.parametrize("headers", ELSEWHERE_HEADERS, ids=lambda headers: "".join(headers.values()))
async def test_from_elsewhere_the_page_says_kindly_where_to_go(headers: dict[str, str]) -> None:
    async with arcade() as (cabinet, client):
        page = await client.get(PAGE, headers=headers)
        command = await client.post(
            f"{PAGE}/credit", data={"credits": "1"}, headers={**headers, "sec-fetch-site": "same-origin"}
        )
    assert (page.status_code, command.status_code, cabinet.asked) == (403, 403, [])
    assert "Seulement à la borne Allez à la borne." in text_of(page)
    assert f"http://localhost:{cabinet.served.lab.web.port}{PAGE}" in page.text
    assert "Crédits" not in page.text


async def test_a_header_does_not_bring_anybody_nearer() -> None:
    """Whoever is elsewhere and says that he is here: the server looks at the connection."""
    async with arcade() as (_, client):
        headers = {"host": "hub.local", "x-forwarded-for": "127.0.0.1", "x-forwarded-host": "localhost"}
        assert (await client.get(PAGE, headers=headers)).status_code == 403


async def test_another_sites_page_gives_no_credits() -> None:
    async with arcade() as (cabinet, client):
        answer = await client.post(f"{PAGE}/credit", data={"credits": "100"}, headers={"origin": "http://evil.example"})
    assert (answer.status_code, cabinet.asked) == (403, [])


async def test_a_cabinet_at_another_pi_is_changed_there() -> None:
    async with arcade() as (_, client):
        page = await client.get(f"/arcade/{ELSEWHERE}/technician")
    assert page.status_code == 403
    assert "on racing, open http://localhost" in page.text


async def test_the_pages_of_the_cabinets_own_pi_change_it() -> None:
    lab = Served(lab=arcade_lab(), health=replace(HEALTHY, node="racing"))
    async with browsing(lab) as (_, client):
        assert (await client.get(f"/arcade/{ELSEWHERE}/technician")).status_code == 200
        assert (await client.get(PAGE)).status_code == 403


async def test_what_is_simulated_stands_where_its_simulation_runs(tmp_path_factory: pytest.TempPathFactory) -> None:
    socket = tmp_path_factory.mktemp("world") / "world.sock"
    async with browsing(Served(lab=arcade_lab(), worlds={"racing": socket})) as (_, client):
        assert (await client.get(f"/arcade/{ELSEWHERE}/technician")).status_code == 200


async def test_a_refusal_of_the_cabinet_says_why() -> None:
    async with arcade() as (cabinet, client):
        cabinet.refuses = "there is no profile 'x'; there are default, fighting"
        answer = await client.post(f"{PAGE}/profile", data={"name": "x"})
    assert answer.status_code == 409
    assert "La borne a refusé" in text_of(answer)
    assert "there are default, fighting" in text_of(answer)


@asynccontextmanager
async def with_login(folder: Path) -> AsyncIterator[tuple[Desk, Cabinet, httpx.AsyncClient]]:
    """The hub's pages, which have a login, and the cabinets of other Pis."""
    async with desk(folder, lab=with_cabinets(access_lab())) as (lab, client):
        with Cabinet(lab).answering() as cabinet:
            lab.online(HERE)
            cabinet.as_on_a_common_day()
            yield lab, cabinet, client


async def test_where_there_is_a_login_being_at_the_machine_is_not_enough(tmp_path: Path) -> None:
    async with with_login(tmp_path) as (_, cabinet, client):
        page = await client.get(PAGE)
        sent = await client.post(f"{PAGE}/credit", data={"credits": "1"})
    assert (page.status_code, page.headers["location"]) == (303, "/login?next=%2Farcade%2Farcade%2Ftechnician")
    assert (sent.status_code, cabinet.asked) == (401, [])


@pytest.mark.parametrize("role", AccountRole)
async def test_technicians_and_administrators_sign_in_for_it(tmp_path: Path, role: AccountRole) -> None:
    may = role in {AccountRole.TECHNICIAN, AccountRole.ADMINISTRATOR}
    async with with_login(tmp_path) as (lab, cabinet, client):
        await lab.account(role)
        await sign_in(client, role.value)
        page = await client.get(PAGE)
        forged = await client.post(f"{PAGE}/credit", data={"credits": "1"})
        sent = await send(client, f"{PAGE}/credit", credits="3")
        elsewhere = await client.get(f"/arcade/{ELSEWHERE}/technician")
    assert (page.status_code, forged.status_code) == (200 if may else 403, 403)
    assert (sent.status_code, elsewhere.status_code) == (303 if may else 403, 200 if may else 403)
    assert cabinet.asked == [("credit", {"credits": 3})] * may
