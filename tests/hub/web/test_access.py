"""The doors: what everybody may know, and what stands behind the login."""

from pathlib import Path

import pytest

from devices.device import Event, State
from devices.policy.decision import Reason
from devices.policy.rules import Strength
from hub.members.model import AccountRole, Problem
from hub.web.language import LANGUAGES
from tests.hub.web.desks import CREDENTIAL, DOOR, MACHINE, READER, desk, send, sign_in
from tests.hub.web.served import browsing, now
from tests.hub.web.test_live import heard, take
from tests.hub.web.test_pages import text_of

NORMAL = {"locked": True, "open": False, "mode": "normal", "alarm": None}
SECRETS = (CREDENTIAL, "f" * 16)


async def test_everybody_reads_when_the_door_is_open_and_how_it_is(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        lab.as_on_a_common_day()
        page = text_of(await client.get("/access"))
    assert "Porte d’entrée Fermée à clé : montrez votre badge La porte est fermée" in page
    assert "Pour tous : mer., de 14:00 à 17:00" in page
    assert "Pour les membres : mar.–jeu., sam., de 14:00 à 18:30" in page
    assert "À l’intérieur : 3 sur 20" in page
    assert "Ouvrir" not in page


@pytest.mark.parametrize(
    ("door", "said"),
    [
        ({"locked": False}, "Déverrouillée"),
        ({"locked": False, "mode": "free"}, "Ouverte à tous"),
        ({"locked": False, "mode": "fire"}, "Alarme incendie : la porte est libre"),
        ({"open": True, "alarm": "forced"}, "Alarme : la porte a été forcée. Prévenez l’équipe."),
        ({"open": True, "alarm": "held-open"}, "La porte est restée ouverte. Fermez-la, s’il vous plaît."),
        ({"locked": "perhaps"}, "Pas encore de nouvelles"),
    ],
)
async def test_the_state_of_the_door_is_said_in_words(tmp_path: Path, door: dict[str, object], said: str) -> None:
    async with desk(tmp_path) as (lab, client):
        lab.online(DOOR)
        lab.say(DOOR, "door", NORMAL | door)  # type: ignore[arg-type]  # one of them is no door's on purpose
        assert said in text_of(await client.get("/access"))


async def test_a_door_that_does_not_answer_is_not_said_to_be_locked(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        lab.as_on_a_common_day()
        lab.offline(DOOR)
        page = text_of(await client.get("/access"))
    assert "Fermée à clé" not in page
    assert "Prévenez l’équipe du fablab." in page


async def test_the_reception_sees_who_came_and_why_somebody_did_not(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        aicha = await lab.inhabited()
        lab.decided(Reason.GRANTED, aicha.id)
        lab.decided(Reason.NO_TRAINING, aicha.id, MACHINE)
        lab.decided(Reason.UNKNOWN_BADGE, None)
        anybody = await client.get("/access")
        await sign_in(client, AccountRole.RECEPTION.value)
        page = text_of(await client.get("/access"))
    assert "Aïcha" not in anybody.text
    assert "Personne de connu Porte d’entrée Badge inconnu" in page
    assert "Aïcha Diallo Imprimante 3D Pas de formation" in page
    assert "Aïcha Diallo Porte d’entrée Autorisé" in page


async def test_a_badge_that_may_have_been_copied_is_told_with_the_members_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk(tmp_path) as (lab, client):
        aicha = await lab.inhabited()
        found = (Problem("badge-in-two-places", aicha.id, now().utc), Problem("newer-than-this-page", "x", now().utc))
        monkeypatch.setattr(lab.members, "problems", lambda: found)
        await sign_in(client)
        page = await client.get("/access")
    assert "Aïcha Diallo : le même badge à deux endroits en même temps." in text_of(page)
    assert f'href="/members/{aicha.id}"' in page.text
    assert "x : à regarder." in text_of(page)


async def test_every_node_with_a_door_shows_whether_it_knows_the_latest(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        await lab.inhabited()
        await sign_in(client)
        page = text_of(await client.get("/access"))
    assert "entrance Sa clé n’est pas dans la configuration" in page


async def test_unlocking_sends_a_signed_order_in_the_name_of_the_account(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        lab.as_on_a_common_day()
        account = await lab.account(AccountRole.ADMINISTRATOR)
        await sign_in(client, AccountRole.ADMINISTRATOR.value)
        answer = await send(client, f"/access/{DOOR}/unlock")
        page = text_of(await client.get(answer.headers["location"]))
    (command,) = lab.commands
    assert (command.device, command.action) == (DOOR, "unlock")
    assert (command.arguments["by"], len(str(command.arguments["signature"]))) == (account.id, 128)
    assert "La porte est ouverte pour un moment." in page


@pytest.mark.parametrize("role", [None, AccountRole.RECEPTION, AccountRole.TRAINER, AccountRole.TECHNICIAN])
async def test_others_unlock_nothing(tmp_path: Path, role: AccountRole | None) -> None:
    async with desk(tmp_path) as (lab, client):
        if role:
            await lab.account(role)
            await sign_in(client, role.value)
        answer = await send(client, f"/access/{DOOR}/unlock")
    assert (answer.status_code, lab.commands) == (403 if role else 401, [])


async def test_a_door_that_refuses_says_why(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        lab.refuses = "this Pi does not know the time yet"
        await lab.account(AccountRole.ADMINISTRATOR)
        await sign_in(client, AccountRole.ADMINISTRATOR.value)
        answer = await send(client, f"/access/{DOOR}/unlock")
    assert answer.status_code == 409
    assert "Cela n’a pas marché" in text_of(answer)
    assert "this Pi does not know the time yet" in answer.text


async def test_what_is_no_door_has_no_page_of_a_door(tmp_path: Path) -> None:
    async with desk(tmp_path) as (_, client):
        assert (await client.get(f"/access/{READER}/screen")).status_code == 404
        assert (await client.get("/access/cellar/screen")).status_code == 404


async def test_a_lab_without_doors_does_not_speak_of_any() -> None:
    async with browsing() as (_, client):
        assert "/access" not in (await client.get("/")).text
        assert "pas encore de porte" in text_of(await client.get("/access"))


async def test_the_screen_greets_in_every_language_until_somebody_shows_a_badge(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        lab.as_on_a_common_day()
        idle = await client.get(f"/access/{DOOR}/screen")
        lab.say(DOOR, "display", {"reason": "no-training", "language": "uk"})
        shown = await client.get(f"/access/{DOOR}/screen")
        lab.say(DOOR, "display", {"reason": "something-newer", "language": "uk"})
        unknown = await client.get(f"/access/{DOOR}/screen")
        lab.offline(DOOR)
        silent = await client.get(f"/access/{DOOR}/screen")
    assert all(f'lang="{code}"' in idle.text for code in LANGUAGES)
    assert 'lang="uk" dir="ltr">Спершу потрібне навчання.' in shown.text
    assert "formation" not in text_of(shown)
    assert text_of(unknown) == text_of(idle)
    assert "Je suis en panne." in text_of(silent)


async def test_nobody_outside_learns_whose_badge_it_was(tmp_path: Path) -> None:
    """Neither the credential nor the pseudonym leaves, in no state and no event."""
    async with desk(tmp_path) as (lab, client):
        lab.as_on_a_common_day()
        lab.say(DOOR, "people", {"inside": 1, "members": [{"member": "f" * 16, "since": "14:00"}]})
        devices = (await client.get("/api/devices")).text
        one = (await client.get(f"/api/devices/{MACHINE}")).text
        async with client.stream("GET", f"/api/events?device={READER}&device={DOOR}") as response:
            events = heard(response)
            known = await take(events, 6)
            lab.badge_shown(strength=Strength.CRYPTO)
            lab.decided(Reason.GRANTED, "f" * 16)
            badge, access = await take(events, 2)
    assert badge.data["data"] == {"strength": "crypto"}
    assert access.data["data"] == {"granted": True, "reason": "granted"}
    said = devices + one + "".join(str(event.data) for event in known)
    assert not any(secret in said for secret in SECRETS)
    assert '"since":"14:00"' in devices


async def test_not_even_signed_in_does_a_program_get_them(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        lab.as_on_a_common_day()
        await lab.inhabited()
        await sign_in(client)
        said = (await client.get("/api/devices")).text
    assert not any(secret in said for secret in SECRETS)


async def test_the_pages_of_a_lab_without_login_forget_nothing_of_that() -> None:
    async with browsing() as (lab, client):
        lab.bus.publish("vegetable-patch", State("odd", {"member": "f" * 16, "fine": 1}, now()))
        lab.bus.publish("vegetable-patch", Event("badge", {"credential": CREDENTIAL}, now()))
        assert (await client.get("/api/devices/vegetable-patch")).json()["states"]["odd"]["value"] == {"fine": 1}
