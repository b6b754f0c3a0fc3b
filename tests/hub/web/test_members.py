"""The members' desk: whoever works there part-time finds it easy, and nobody else finds anything."""

import asyncio
import json
from datetime import date
from importlib import import_module
from pathlib import Path

import httpx
import pytest

from devices.policy.policy import BadgeState
from devices.policy.rules import Role, Strength
from hub.members import accounts, badges, people, trainings
from hub.members.model import CONSOLE, AccountRole, NoSuch
from hub.web.pages.members.listing import ON_A_PAGE
from hub.web.uploads import KEPT_AT_MOST, Uploads
from tests.hub.web.desks import CREDENTIAL, PASSWORD, READER, Desk, csrf, desk, send, sign_in
from tests.hub.web.test_pages import text_of

RECEPTION, TRAINER = AccountRole.RECEPTION.value, AccountRole.TRAINER.value
FORM = {"name": "Bruno Petit", "email": "bruno@example.org", "language": "tr", "groups": "Club Couture, jardin"}


async def test_members_are_found_by_a_part_of_their_name_whatever_its_accents(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        await lab.inhabited()
        await sign_in(client, RECEPTION)
        everybody = text_of(await client.get("/members"))
        found = text_of(await client.get("/members?q=aicha"))
        nobody = text_of(await client.get("/members?q=%25"))
        group = text_of(await client.get("/members?group=sewing-club"))
    assert "3 membres Aïcha Diallo Membre" in everybody
    assert "Zoé Martin En pause" in everybody
    assert "1 membre Aïcha Diallo" in found
    assert "Personne de ce nom." in nobody
    assert "1 membre Aïcha Diallo" in group


async def test_a_long_list_is_turned_page_by_page(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        for number in range(ON_A_PAGE + 1):
            await lab.member(f"Membre {number:02}")
        await lab.account(AccountRole.RECEPTION)
        await sign_in(client, RECEPTION)
        first = await client.get("/members?q=membre")
        second = text_of(await client.get("/members?q=membre&page=2"))
        far = await client.get("/members?page=99999")
    assert "Page 1 sur 2" in text_of(first)
    assert 'href="/members?q=membre&amp;group=&amp;page=2"' in first.text
    assert f"Membre {ON_A_PAGE} Membre" in second
    assert far.status_code == 200


async def test_a_new_member_is_written_down_and_changed(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        await lab.account(AccountRole.RECEPTION)
        await sign_in(client, RECEPTION)
        answer = await send(client, "/members/new", **FORM, born="2010-05-31", since="2026-09-01")
        id = answer.headers["location"].partition("?")[0].removeprefix("/members/")  # noqa: A001 - its name there
        page = text_of(await client.get(answer.headers["location"]))
        assert (await client.get(f"/members/{id}/edit")).text.count('value="2010-05-31"') == 1
        await send(client, f"/members/{id}/edit", **FORM | {"name": "Bruno Grand"}, until="2027-08-31")
        member = await lab.members.store.read(people.get, id)
    assert "Bienvenue ! Le membre est inscrit." in page
    assert "31 mai 2010" in page
    assert (member.name, member.until, member.born) == ("Bruno Grand", date(2027, 8, 31), None)
    assert member.groups == {"club-couture", "jardin"}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "Il faut un nom, sur une ligne."),
        ("email", "nobody", "Ce n’est pas une adresse e-mail."),
        ("phone", "call me", "Ce n’est pas un numéro de téléphone."),
        ("born", "31/05/2010", "Ce n’est pas une date de naissance."),
        ("born", "1850-01-01", "Ce n’est pas une date de naissance."),
        ("language", "xx", "Choisissez une des langues."),
        ("groups", "a/b", "Lettres, chiffres et tirets seulement"),
        ("until", "2020-01-01", "Ce n’est pas une date, ou elle est avant le premier jour."),
    ],
)
async def test_what_cannot_be_right_is_explained_beside_it_and_nothing_is_lost(
    tmp_path: Path, field: str, value: str, said: str
) -> None:
    async with desk(tmp_path) as (lab, client):
        await lab.account(AccountRole.RECEPTION)
        await sign_in(client, RECEPTION)
        answer = await send(client, "/members/new", **{**FORM, "since": "2026-09-01", field: value})
        found = await lab.members.store.read(people.search)
    assert (answer.status_code, found.total) == (422, 0)
    assert said in text_of(answer)
    assert field in {"name", "language"} or 'aria-invalid="true"' in answer.text
    assert field == "email" or 'value="bruno@example.org"' in answer.text


async def test_the_reception_gives_nobody_a_role_not_even_by_a_form_of_its_own(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        boss = await lab.member("Chef", roles=frozenset({Role.SUPERVISOR}))
        await lab.account(AccountRole.RECEPTION)
        await sign_in(client, RECEPTION)
        assert 'name="roles"' not in (await client.get("/members/new")).text
        await send(client, f"/members/{boss.id}/edit", name="Chef", roles="administrator")
        await send(client, "/members/new", name="Mallory", roles=["administrator", "maintainer"])
        found = (await lab.members.store.read(people.search)).members
    assert {member.name: member.roles for member in found} == {"Chef": {Role.SUPERVISOR}, "Mallory": frozenset()}


async def test_an_administrator_does(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        member = await lab.member()
        await lab.account(AccountRole.ADMINISTRATOR)
        await sign_in(client)
        await send(client, f"/members/{member.id}/edit", name="Aïcha", roles=["trainer", "maintainer"])
        known = await lab.members.store.read(people.get, member.id)
    assert known.roles == {Role.TRAINER, Role.MAINTAINER}


async def test_a_membership_is_paused_and_goes_on(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        member = await lab.member()
        await lab.account(AccountRole.RECEPTION)
        await sign_in(client, RECEPTION)
        paused = await send(client, f"/members/{member.id}/pause", suspended="true")
        assert (await lab.members.store.read(people.get, member.id)).suspended
        assert "En pause" in text_of(await client.get(paused.headers["location"]))
        await send(client, f"/members/{member.id}/pause", suspended="false")
        assert not (await lab.members.store.read(people.get, member.id)).suspended


async def _enrol(lab: Desk, client: httpx.AsyncClient, member: str, *, shown: bool = True) -> httpx.Response:
    async def show() -> None:
        while shown:
            await asyncio.sleep(0.05)
            lab.badge_shown(strength=Strength.CRYPTO)

    showing = asyncio.create_task(show(), name="somebody at the reader")
    try:
        return await send(client, f"/members/{member}/badge", reader=READER, label="porte-clés bleu")
    finally:
        showing.cancel()


async def test_a_badge_is_enrolled_by_showing_it_to_a_reader(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        member = await lab.member()
        await lab.account(AccountRole.RECEPTION)
        await sign_in(client, RECEPTION)
        answer = await _enrol(lab, client, member.id)
        (badge,) = await lab.members.store.read(badges.of, member.id)
        page = text_of(await client.get(f"/members/{member.id}"))
    assert "Tenez maintenant le badge devant le lecteur" in text_of(answer)
    assert 'data-result="done"' in answer.text
    assert (badge.credential, badge.strength, badge.label) == (CREDENTIAL, Strength.CRYPTO, "porte-clés bleu")
    assert "porte-clés bleu Valable Sûr : ne peut pas être copié" in page
    assert CREDENTIAL not in page


async def test_the_page_says_where_to_hold_it_before_anybody_does(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        member = await lab.member()
        await lab.account(AccountRole.RECEPTION)
        await sign_in(client, RECEPTION)
        form = {"csrf": await csrf(client), "reader": READER}
        async with client.stream("POST", f"/members/{member.id}/badge", data=form) as response:
            pieces = response.aiter_text()
            first = await anext(pieces)
            lab.badge_shown()
            rest = "".join([piece async for piece in pieces])
    assert "Tenez maintenant le badge" in first
    assert "data-result" not in first
    assert 'data-result="done"' in rest
    assert rest.rstrip().endswith("</html>")


async def test_when_nobody_shows_one_or_it_is_somebody_elses_the_page_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk(tmp_path) as (lab, client):
        member, other = await lab.member(), await lab.member("Bruno")
        await lab.members.store.write(badges.enrol, other.id, CREDENTIAL, by=CONSOLE)
        await lab.account(AccountRole.RECEPTION)
        await sign_in(client, RECEPTION)
        taken = await _enrol(lab, client, member.id)
        monkeypatch.setattr(import_module("hub.web.pages.members.badges"), "WAITED_S", 0.05)
        nobody = await _enrol(lab, client, member.id, shown=False)
        no_reader = await send(client, f"/members/{member.id}/badge", reader="front-door")
    assert 'data-result="taken"' in taken.text
    assert "Bruno" not in taken.text
    assert 'data-result="nobody"' in nobody.text
    assert no_reader.status_code == 404


@pytest.mark.parametrize(
    ("what", "state"), [("lost", BadgeState.LOST), ("revoke", BadgeState.REVOKED), ("found", BadgeState.ACTIVE)]
)
async def test_a_badge_is_lost_taken_back_and_found_again(tmp_path: Path, what: str, state: BadgeState) -> None:
    async with desk(tmp_path) as (lab, client):
        member, other = await lab.member(), await lab.member("Bruno")
        badge = await lab.members.store.write(badges.enrol, member.id, CREDENTIAL, by=CONSOLE)
        await lab.account(AccountRole.RECEPTION)
        await sign_in(client, RECEPTION)
        wrong = await send(client, f"/members/{other.id}/badges/{badge.id}/{what}")
        right = await send(client, f"/members/{member.id}/badges/{badge.id}/{what}")
        known = await lab.members.store.read(badges.get, badge.id)
    assert (wrong.status_code, right.status_code, known.state) == (404, 303, state)


async def test_a_trainer_trains_for_what_they_are_trained_for_and_nothing_else(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        write = lab.members.store.write
        learner, teacher = await lab.member("Élève"), await lab.member("Maître")
        await write(trainings.grant, teacher.id, "3d-printer", by=CONSOLE)
        await lab.account(AccountRole.TRAINER, member=teacher.id)
        await sign_in(client, TRAINER)
        done = await send(client, f"/members/{learner.id}/trainings", training="3d-printer", expires="2099-12-31")
        page = text_of(await client.get(done.headers["location"]))
        refused = await send(client, f"/members/{learner.id}/trainings", training="cnc-mill")
        await write(trainings.grant, learner.id, "cnc-mill", by=CONSOLE)
        kept = await send(client, f"/members/{learner.id}/trainings/withdraw", training="cnc-mill")
        await send(client, f"/members/{learner.id}/trainings/withdraw", training="3d-printer")
        left = await lab.members.store.read(trainings.of, learner.id)
    assert "La formation est notée." in page
    assert "Imprimante 3D Jusqu’au 31 décembre 2099" in page
    assert (refused.status_code, kept.status_code) == (403, 403)
    assert "Il vous faut cette formation aussi" in text_of(refused)
    assert [training.name for training in left] == ["cnc-mill"]


async def test_a_trainer_sees_no_address_and_no_birth_date(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        aicha = await lab.inhabited()
        await sign_in(client, TRAINER)
        page = text_of(await client.get(f"/members/{aicha.id}"))
        others = [await client.get(f"/members/{aicha.id}/{what}") for what in ("edit", "badge", "erase", "export.json")]
    assert "Aïcha Diallo" in page
    assert "aicha@example.org" not in page
    assert "2011" not in page
    assert {answer.status_code for answer in others} == {403}


@pytest.mark.parametrize(("field", "value"), [("expires", "yesterday"), ("expires", "2001-01-01"), ("training", "a/b")])
async def test_a_training_that_cannot_be_right_is_explained(tmp_path: Path, field: str, value: str) -> None:
    async with desk(tmp_path) as (lab, client):
        member = await lab.member()
        await lab.account(AccountRole.ADMINISTRATOR)
        await sign_in(client)
        answer = await send(client, f"/members/{member.id}/trainings", **{"training": "cnc-mill", field: value})
        assert 'class="told problem"' in (await client.get(answer.headers["location"])).text
        assert await lab.members.store.read(trainings.of, member.id) == ()


async def test_everything_about_one_person_is_theirs_to_take_and_to_have_erased(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        aicha = await lab.inhabited()
        await sign_in(client)
        export = await client.get(f"/members/{aicha.id}/export.json")
        asked = await client.get(f"/members/{aicha.id}/erase")
        assert (await lab.members.store.read(people.get, aicha.id)).name == "Aïcha Diallo"
        await send(client, f"/members/{aicha.id}/erase")
        with pytest.raises(NoSuch):
            await lab.members.store.read(people.get, aicha.id)
        gone = await client.get(f"/members/{aicha.id}")
    told = json.loads(export.text)
    assert (told["member"]["name"], len(told["badges"])) == ("Aïcha Diallo", 2)
    assert export.headers["cache-control"] == "no-store"
    assert "attachment" in export.headers["content-disposition"]
    assert "Oui, effacer" in text_of(asked)
    assert gone.status_code == 404


async def _upload(client: httpx.AsyncClient, content: str | bytes) -> httpx.Response:
    raw = content.encode() if isinstance(content, str) else content
    return await client.post("/members/import", data={"csrf": await csrf(client)}, files={"file": ("m.csv", raw)})


async def test_a_spreadsheet_is_looked_at_first_and_then_imported(tmp_path: Path) -> None:
    rows = "".join(f"Personne {number},p{number}@example.org\r\n" for number in range(200))
    async with desk(tmp_path) as (lab, client):
        await lab.inhabited()
        await sign_in(client)
        preview = await _upload(client, f"nom,email\r\nAïcha Diallo,aicha@example.org\r\n{rows}")
        assert (await lab.members.store.read(people.search)).total == 3
        done = await send(client, "/members/import/do")
        again = await send(client, "/members/import/do")
        total = (await lab.members.store.read(people.search)).total
    assert "Nouveaux membres 200 Changés 0 Comme avant 1" in text_of(preview)
    assert "<progress" in done.text
    assert "L’importation est faite." in text_of(done)
    assert total == 203
    assert (again.status_code, again.headers["location"]) == (303, "/members/import")


async def test_a_file_with_a_wrong_line_changes_nothing_and_names_the_line(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        await lab.account(AccountRole.ADMINISTRATOR)
        await sign_in(client)
        preview = await _upload(client, "name,email\r\nBruno,bruno@example.org\r\nCarla,no address\r\n")
        await send(client, "/members/import/do")
        assert (await lab.members.store.read(people.search)).total == 0
    assert "Ligne 3" in text_of(preview)
    assert "Oui, importer" not in text_of(preview)


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"colour,size\r\nred,2\r\n", b'"name\r\nBruno'])
async def test_what_is_no_list_of_members_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    async with desk(tmp_path) as (lab, client):
        await lab.account(AccountRole.ADMINISTRATOR)
        await sign_in(client)
        answer = await _upload(client, content)
    assert answer.status_code == 422
    assert "Ce fichier ne peut pas être lu." in text_of(answer)


async def test_a_file_as_long_as_no_list_is_not_read(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        await lab.account(AccountRole.ADMINISTRATOR)
        await sign_in(client)
        assert (await _upload(client, b"x" * 6_000_000)).status_code == 413


async def test_formulas_leave_as_text(tmp_path: Path) -> None:
    """A spreadsheet must not run what somebody wrote into their name."""
    async with desk(tmp_path) as (lab, client):
        await lab.member("=cmd|' /C calc'!A0")
        await lab.account(AccountRole.ADMINISTRATOR)
        await sign_in(client)
        export = await client.get("/members/export.csv")
    assert not any(cell.startswith(("=", "+", "@")) for cell in export.text.replace("\r\n", ",").split(","))


async def test_a_name_is_never_taken_for_html(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        member = await lab.member("<script>alert(1)</script>")
        await lab.account(AccountRole.ADMINISTRATOR)
        await sign_in(client)
        pages = [await client.get(path) for path in ("/members", f"/members/{member.id}", f"/members/{member.id}/edit")]
    assert all("<script>alert" not in page.text for page in pages)


async def test_what_is_kept_of_people_is_for_everybody_to_read(tmp_path: Path) -> None:
    async with desk(tmp_path) as (_, client):
        page = text_of(await client.get("/members/privacy"))
    assert "Quand votre badge a ouvert une porte, ou non Pour protéger la maison et ce qui s’y trouve 3 mois" in page
    assert "Demandez à l’accueil" in page


async def test_accounts_are_made_and_changed_by_administrators(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        await lab.account(AccountRole.ADMINISTRATOR)
        member = await lab.member("Maître")
        await sign_in(client)
        page = await client.get(f"/accounts?member={member.id}")
        new = {"name": "maitre", "password": PASSWORD, "role": "trainer", "member": member.id}
        await send(client, "/accounts", **new)
        made = await lab.members.store.read(accounts.find, "maitre")
        assert made is not None
        await send(client, f"/accounts/{made.id}/role", role="technician")
        changed = await lab.members.store.read(accounts.get, made.id)
        twice = await send(client, "/accounts", **new)
        weak = await send(client, "/accounts", **{**new, "name": "other", "password": "short"})
        weak_again = await send(client, f"/accounts/{made.id}/password", password="x")  # noqa: S106 - too weak
    assert "Pour : Maître" in text_of(page)
    assert (made.member, made.role, changed.role) == (member.id, AccountRole.TRAINER, AccountRole.TECHNICIAN)
    assert "Un compte porte déjà ce nom." in text_of(twice)
    assert "Au moins dix caractères" in text_of(weak)
    assert weak_again.headers["location"] == "/accounts?wrong=password"


async def test_the_last_administrator_stays_one(tmp_path: Path) -> None:
    async with desk(tmp_path) as (lab, client):
        last = await lab.account(AccountRole.ADMINISTRATOR)
        await sign_in(client)
        closed = await send(client, f"/accounts/{last.id}/close", disabled="true")
        demoted = await send(client, f"/accounts/{last.id}/role", role="trainer")
    assert (closed.status_code, demoted.status_code) == (409, 409)
    assert "Cela n’est pas possible" in text_of(closed)


def test_only_a_few_files_wait_for_their_yes() -> None:
    uploads = Uploads()
    for number in range(KEPT_AT_MOST + 1):
        uploads.keep(f"session-{number}", b"x")
    uploads.keep("session-4", b"y")
    assert uploads.take("session-0") is None
    assert uploads.take("session-4") == b"y"
    assert uploads.take("session-4") is None
