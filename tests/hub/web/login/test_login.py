"""Who may sign in, from where, and what they hold in their hands afterwards."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from hub.members import accounts
from hub.members.model import CONSOLE, AccountRole
from hub.members.store import Unavailable
from hub.web.login import login as signing_in
from hub.web.login.cookie import ON_THIS_MACHINE, OVER_TLS
from hub.web.login.login import Login
from hub.web.login.throttle import PAIR
from tests.hub.web.desks import DOOR, PASSWORD, Desk, csrf, desk, send, session_of, sign_in
from tests.hub.web.served import browsing
from tests.hub.web.test_pages import text_of

ADMINISTRATOR = AccountRole.ADMINISTRATOR.value
BEHIND = ("/members", "/members/new", "/members/import", "/members/export.csv", "/accounts")
OTHERS_ON_THE_NETWORK: list[Mapping[str, str]] = [
    {"host": "hub.local:8080"},
    {"x-forwarded-for": "192.0.2.1"},
    {"x-forwarded-proto": "https", "host": "hub.local"},
]


def another_browser(client: httpx.AsyncClient) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=client.base_url, headers={"origin": client.headers["origin"]})


async def test_whoever_signs_in_is_greeted_by_name_and_can_sign_out(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        await lab.account(AccountRole.ADMINISTRATOR, "Amina")
        answer = await sign_in(client, "Amina")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert "Amina" in text_of(await client.get("/"))
        token = session_of(client)
        assert (await send(client, "/logout")).status_code == 303
        assert session_of(client) is None
        client.cookies.set(ON_THIS_MACHINE, token or "")
        assert (await client.get("/members")).headers["location"] == "/login?next=%2Fmembers"


async def test_a_page_behind_the_login_leads_there_and_back(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        await lab.account(AccountRole.ADMINISTRATOR)
        asked = await client.get("/members?q=a&page=1")
        page = await client.get(asked.headers["location"])
        assert 'name="next" value="/members?q=a&amp;page=1"' in page.text
        answer = await client.post(
            "/login", data={"name": ADMINISTRATOR, "password": PASSWORD, "next": "/members?q=a&page=1"}
        )
        assert answer.headers["location"] == "/members?q=a&page=1"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
async def test_the_login_leads_to_no_other_site(tmp_path: Path, elsewhere: str) -> None:
    async with desk(tmp_path) as (lab, client):
        await lab.account(AccountRole.ADMINISTRATOR)
        form = {"name": ADMINISTRATOR, "password": PASSWORD, "next": elsewhere}
        assert (await client.post("/login", data=form)).headers["location"] == "/"


@pytest.mark.parametrize("path", BEHIND)
async def test_nobody_sees_a_page_behind_the_login_without_it(tmp_path: Path, path: str) -> None:
    async with desk(tmp_path) as (_, client):
        asked = await client.get(path)
        sent = await client.post("/members/new", data={"name": "x"})
    assert (asked.status_code, asked.headers["location"].partition("?")[0]) == (303, "/login")
    assert sent.status_code == 401


async def test_an_unknown_name_a_wrong_password_and_a_closed_account_get_the_same_answer(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        await lab.account(AccountRole.RECEPTION, "amina")
        closed = await lab.account(AccountRole.RECEPTION, "bruno")
        await lab.members.store.write(accounts.disable, closed.id, by=CONSOLE)
        attempts = [("amina", "wrong password"), ("nobody", PASSWORD), ("bruno", PASSWORD)]
        answers = [await sign_in(client, name, password) for name, password in attempts]
    assert {answer.status_code for answer in answers} == {401}
    assert len({text_of(answer) for answer in answers}) == 1
    assert "Le nom et le mot de passe ne vont pas ensemble." in text_of(answers[0])


@pytest.mark.alone
async def test_and_after_the_same_time(tmp_path: Path) -> None:
    """Most of it is argon2, asked in each case: else the unknown name would be answered a hundred times as fast."""
    async with desk(tmp_path) as (lab, client):
        await lab.account(AccountRole.RECEPTION, "amina")
        await sign_in(client, "warm", "up")
        took = {name: await _took(client, name) for name in ("amina", "nobody")}
    assert took["nobody"] > took["amina"] / 4
    assert took["amina"] > took["nobody"] / 4


async def _took(client: httpx.AsyncClient, name: str) -> float:
    began = time.perf_counter()
    await sign_in(client, name, "wrong password")
    return time.perf_counter() - began


@pytest.mark.parametrize("headers", OTHERS_ON_THE_NETWORK, ids="+".join)
async def test_over_plain_http_nobody_types_a_password(tmp_path: Path, headers: Mapping[str, str]) -> None:
    async with desk(tmp_path) as (lab, client):
        await lab.account(AccountRole.ADMINISTRATOR)
        page = await client.get("/login", headers=headers)
        form = {"name": ADMINISTRATOR, "password": PASSWORD}
        sent = await client.post("/login", data=form, headers={**headers, "sec-fetch-site": "same-origin"})
        assert "Pas sur cette page" in text_of(page)
        assert 'type="password"' not in page.text
        assert (sent.status_code, "set-cookie" in sent.headers) == (403, False)
        await sign_in(client)
        token = session_of(client)
        behind = await client.get("/members", headers={**headers, "cookie": f"{ON_THIS_MACHINE}={token}"})
    assert behind.status_code == 303


async def test_the_cookie_cannot_be_read_by_scripts_nor_sent_by_other_sites(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        await lab.account(AccountRole.ADMINISTRATOR)
        cookie = (await sign_in(client)).headers["set-cookie"]
    assert cookie.startswith(f"{ON_THIS_MACHINE}=")
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert OVER_TLS.startswith("__Host-")


async def test_a_session_that_somebody_else_planted_is_not_taken_over(tmp_path: Path) -> None:
    """Session fixation: the token after signing in is new, and the one before is worth nothing."""
    async with desk(tmp_path) as (lab, client):
        await lab.account(AccountRole.ADMINISTRATOR)
        await sign_in(client)
        planted = session_of(client)
        async with another_browser(client) as victim:
            victim.cookies.set(ON_THIS_MACHINE, planted or "", domain="127.0.0.1")
            await victim.post("/login", data={"name": ADMINISTRATOR, "password": PASSWORD})
            fresh = [cookie.value for cookie in victim.cookies.jar if cookie.value != planted]
        assert len(fresh) == 1
        assert (await client.get("/members")).status_code == 303
        client.cookies.set(ON_THIS_MACHINE, "planted" * 6)
        assert (await client.get("/members")).status_code == 303


async def test_the_token_itself_is_not_kept(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        await lab.account(AccountRole.ADMINISTRATOR)
        await sign_in(client)
        token = session_of(client)
        assert token is not None
        assert len(token) >= 43
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert token.encode() not in everything
    assert PASSWORD.encode() not in everything


@pytest.mark.parametrize("limit", ["IDLE", "LONGEST"])
async def test_a_session_ends_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(signing_in, limit, timedelta(milliseconds=1))
    async with desk(tmp_path) as (lab, client):
        await lab.account(AccountRole.ADMINISTRATOR)
        await sign_in(client)
        await asyncio.sleep(0.01)
        assert (await client.get("/members")).status_code == 303


async def test_a_session_that_is_used_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "SEEN_EVERY", timedelta(0))
    async with desk(tmp_path) as (lab, _):
        await lab.account(AccountRole.ADMINISTRATOR)
        token = await Login(lab.members.store).sign_in(ADMINISTRATOR, PASSWORD, "192.0.2.1")
        login = Login(lab.members.store)
        first = await login.who(token)
        await asyncio.sleep(0.01)
        await login.who(token)
        later = await login.who(token)
    assert first is not None
    assert later is not None
    assert first.session.last_seen < later.session.last_seen <= datetime.now(UTC)


@pytest.mark.parametrize("what", ["signed out", "disabled", "password"])
async def test_signing_out_closing_an_account_or_another_password_end_all_its_sessions(
    tmp_path: Path, what: str
) -> None:
    async with desk(tmp_path) as (lab, client):
        await lab.account(AccountRole.ADMINISTRATOR)
        amina = await lab.account(AccountRole.RECEPTION, "amina")
        await sign_in(client)
        async with another_browser(client) as phone, another_browser(client) as office:
            for browser in (phone, office):
                await sign_in(browser, "amina")
                assert (await browser.get("/members")).status_code == 200
            if what == "signed out":
                await send(office, "/logout")
            elif what == "disabled":
                await send(client, f"/accounts/{amina.id}/close", disabled="true")
            else:
                await send(client, f"/accounts/{amina.id}/password", password=f"another {PASSWORD}")
            assert [(await browser.get("/members")).status_code for browser in (phone, office)] == [303, 303]


async def test_a_form_without_the_sessions_own_token_changes_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        await lab.account(AccountRole.ADMINISTRATOR)
        await sign_in(client)
        async with another_browser(client) as other:
            await sign_in(other)
            others = await csrf(other)
        tries = [{}, {"csrf": ""}, {"csrf": "x"}, {"csrf": others}]
        answers = [await client.post(f"/access/{DOOR}/unlock", data=form) for form in tries]
        from_another_site = await client.post(
            f"/access/{DOOR}/unlock", data={"csrf": await csrf(client)}, headers={"origin": "http://evil.example"}
        )
        as_a_file = await client.post(f"/access/{DOOR}/unlock", files={"csrf": ("x", b"x")})
    assert [answer.status_code for answer in (*answers, from_another_site, as_a_file)] == [403] * 6
    assert lab.commands == []


async def test_another_sites_page_signs_nobody_in(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        await lab.account(AccountRole.ADMINISTRATOR)
        form = {"name": ADMINISTRATOR, "password": PASSWORD}
        answer = await client.post("/login", data=form, headers={"origin": "http://evil.example"})
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


async def test_brute_force_is_slowed_down_in_words(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        await lab.account(AccountRole.ADMINISTRATOR)
        answers = [await sign_in(client, password=f"wrong {number}") for number in range(PAIR.free + 1)]
        even_the_right_one = await sign_in(client)
    assert [answer.status_code for answer in answers] == [401] * PAIR.free + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert "C’était faux trop souvent. Réessayez dans" in text_of(answers[-1])
    assert even_the_right_one.status_code == 429


async def test_and_others_sign_in_all_the_same(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, _):
        await lab.account(AccountRole.ADMINISTRATOR)
        login = Login(lab.members.store)
        for number in range(PAIR.free + 3):
            with pytest.raises((signing_in.WrongPassword, signing_in.TooOften)):
                await login.sign_in(ADMINISTRATOR, f"wrong {number}", "198.51.100.7")
        assert await login.sign_in(ADMINISTRATOR, PASSWORD, "192.0.2.1")


async def test_a_crowd_at_the_login_is_asked_to_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "WAITING_AT_MOST", 1)
    async with desk(tmp_path) as (lab, _):
        login = Login(lab.members.store)
        tries = (login.sign_in(f"name-{number}", "wrong", f"192.0.2.{number}") for number in range(3))
        ended = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(error) for error in ended] == [signing_in.WrongPassword, signing_in.Busy, signing_in.Busy]


async def test_pages_behind_the_login_are_kept_by_no_cache(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        await lab.inhabited()
        public = await client.get("/access")
        await sign_in(client)
        answers = [await client.get(path) for path in (*BEHIND, "/access", "/machines")]
    assert public.headers["cache-control"] == "no-cache"
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    assert {answer.status_code for answer in answers} == {200}
    for answer in answers:
        assert "default-src 'none'" in answer.headers["content-security-policy"]


MAY: Mapping[AccountRole, frozenset[str]] = {
    AccountRole.ADMINISTRATOR: frozenset({"list", "new", "import", "accounts", "arcade"}),
    AccountRole.RECEPTION: frozenset({"list", "new"}),
    AccountRole.TRAINER: frozenset({"list"}),
    AccountRole.TECHNICIAN: frozenset(),
}
PATHS = {"list": "/members", "new": "/members/new", "import": "/members/import", "accounts": "/accounts"}


@pytest.mark.parametrize("role", AccountRole)
async def test_each_role_sees_its_own_pages_and_a_kind_refusal_elsewhere(tmp_path: Path, role: AccountRole) -> None:
    async with desk(tmp_path) as (lab, client):
        await lab.account(role)
        await sign_in(client, role.value)
        answers = {what: await client.get(path) for what, path in PATHS.items()}
        menu = (await client.get("/")).text
    for what, answer in answers.items():
        assert answer.status_code == (200 if what in MAY[role] else 403), what
        if what not in MAY[role]:
            assert "Si vous en avez besoin, demandez à l’administration." in text_of(answer)
    assert ('href="/members"' in menu) == ("list" in MAY[role])
    assert ('href="/accounts"' in menu) == ("accounts" in MAY[role])


async def test_a_pi_without_members_has_no_login() -> None:
    async with browsing() as (_, client):
        assert (await client.get("/login")).status_code == 404
        assert "/login" not in (await client.get("/")).text
        assert (await client.get("/members")).status_code == 404


async def test_a_login_while_the_database_is_away_says_so_in_words(tmp_path: Path) -> None:
    made = Desk(folder=tmp_path)
    async with browsing(made) as (lab, client):
        client.headers["origin"] = lab.url
        answer = await sign_in(client)
    assert answer.status_code == 503
    assert "<h1>" in answer.text


async def test_a_session_while_the_database_is_away_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise Unavailable("the members' database cannot be used")

    async with desk(tmp_path) as (lab, client):
        await lab.account(AccountRole.ADMINISTRATOR)
        await sign_in(client)
        monkeypatch.setattr(lab.members.store, "read", away)
        answer = await client.get("/members")
    assert answer.status_code == 503
    assert "Impossible pour l’instant" in text_of(answer)
