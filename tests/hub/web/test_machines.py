"""The machines: which is free, "oops" by anybody, and what is for those who look after them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.members.model import AccountRole
from hub.web.site import OOPSES_AT_MOST
from tests.hub.web.desks import MACHINE, desk, send, sign_in
from tests.hub.web.served import browsing
from tests.hub.web.test_pages import text_of

SEWING = "sewing-machine"


async def test_everybody_reads_what_is_free_and_what_one_needs(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        lab.as_on_a_common_day()
        page = await client.get("/machines")
    text = text_of(page)
    assert "Imprimante 3D Occupée Encore 34 min (jusqu’à" in text
    assert "Il faudra bientôt s’en occuper. Il faut une formation. Demandez à l’équipe." in text
    assert "Machine à coudre Arrêtée : l’équipe s’en occupe" in text
    assert "f" * 16 not in page.text
    assert "Terminer la session" not in text


async def test_a_machine_that_does_not_answer_is_not_said_to_be_free(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        lab.online(MACHINE)
        lab.say(MACHINE, "session", {"phase": "idle", "member": None})
        assert "Imprimante 3D Libre" in text_of(await client.get("/machines"))
        lab.offline(MACHINE)
        assert "Imprimante 3D Libre" not in text_of(await client.get("/machines"))


async def test_anybody_stops_a_machine_after_being_asked_once_more(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        lab.as_on_a_common_day()
        asked = await client.get(f"/machines/{MACHINE}/oops")
        assert lab.commands == []
        answer = await client.post(f"/machines/{MACHINE}/oops")
        page = text_of(await client.get(answer.headers["location"]))
    assert "Il n’y a pas de honte" in text_of(asked)
    assert [(command.device, command.action, command.arguments) for command in lab.commands] == [(MACHINE, "oops", {})]
    assert "Merci de l’avoir dit !" in page


async def test_another_sites_page_stops_nothing_and_a_prank_gets_boring(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        elsewhere = await client.post(f"/machines/{MACHINE}/oops", headers={"origin": "http://evil.example"})
        answers = [await client.post(f"/machines/{MACHINE}/oops") for _ in range(OOPSES_AT_MOST + 1)]
    assert elsewhere.status_code == 403
    assert [answer.status_code for answer in answers] == [303] * OOPSES_AT_MOST + [429]
    assert "Appuyez sur le bouton rouge" in text_of(answers[-1])
    assert len(lab.commands) == OOPSES_AT_MOST


ORDERS = [("release", SEWING, {}), ("maintained", MACHINE, {"task": "nozzle"}), ("end", MACHINE, {})]
MAY = {
    "release": {AccountRole.TECHNICIAN, AccountRole.ADMINISTRATOR},
    "maintained": {AccountRole.TECHNICIAN, AccountRole.ADMINISTRATOR},
    "end": {AccountRole.TECHNICIAN, AccountRole.ADMINISTRATOR, AccountRole.TRAINER},
}


@pytest.mark.parametrize(("action", "machine", "fields"), ORDERS, ids=[action for action, _, _ in ORDERS])
@pytest.mark.parametrize("role", AccountRole)
async def test_who_looks_after_machines_gives_signed_orders(
    tmp_path: Path, role: AccountRole, action: str, machine: str, fields: dict[str, str]
) -> None:
    async with desk(tmp_path) as (lab, client):
        lab.as_on_a_common_day()
        account = await lab.account(role)
        await sign_in(client, role.value)
        page = await client.get("/machines")
        answer = await send(client, f"/machines/{machine}/{action}", **fields)
    may = role in MAY[action]
    assert (f'action="/machines/{machine}/{action}"' in page.text) == may
    assert answer.status_code == (303 if may else 403)
    assert [(command.action, command.arguments["by"]) for command in lab.commands] == [(action, account.id)] * may
    if may and fields:
        assert lab.commands[0].arguments["detail"] == "nozzle"


async def test_the_screen_says_how_long_still_and_speaks_to_whoever_shows_a_badge(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        lab.as_on_a_common_day()
        busy = text_of(await client.get(f"/machines/{MACHINE}/screen"))
        stopped = text_of(await client.get(f"/machines/{SEWING}/screen"))
        lab.say(MACHINE, "display", {"reason": "granted", "language": "pt"})
        granted = await client.get(f"/machines/{MACHINE}/screen")
    assert "Quelqu’un utilise cette machine." in busy
    assert "Cette machine est arrêtée." in stopped
    assert "É a sua vez." in granted.text
    assert 'data-granted="yes"' in granted.text


async def test_a_session_that_should_be_over_shows_no_time_below_zero(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        lab.online(MACHINE)
        ended = (datetime.now(UTC) - timedelta(minutes=3)).isoformat()
        lab.say(MACHINE, "session", {"phase": "grace", "member": None, "ends": ended, "remaining_s": 0})
        page = text_of(await client.get(f"/machines/{MACHINE}/screen"))
    assert "0:00" in page


async def test_a_lab_without_machines_does_not_speak_of_any() -> None:
    async with browsing() as (_, client):
        assert "/machines" not in (await client.get("/")).text
        assert "pas encore de machine" in text_of(await client.get("/machines"))
