"""The pages as the server writes them: in the visitor's language, and safe."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import httpx
import pytest

from devices.board.clock import Moment
from devices.device import Quality
from hub.bus import NodeStatus
from hub.supervisor import Condition, Status
from hub.web.language import LANGUAGES, Language
from hub.web.security import BODY_AT_MOST
from tests.hub.web.served import HEALTHY, Served, browsing, now, small_lab

PAGES = ("/", "/garden", "/health", "/api", "/nothing-here")
NBSP = "\N{NO-BREAK SPACE}"


def text_of(answer: httpx.Response) -> str:
    """What a visitor reads."""
    body = re.sub(r"<(script|style)\b.*?</\1>", "", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


async def test_the_portal_leads_to_what_this_lab_has() -> None:
    async with browsing() as (_, client):
        page = await client.get("/")
    assert re.findall(r'<a href="(/[a-z]+)"', page.text.partition("<footer")[0]) == ["/garden", "/health", "/api"]


async def test_a_lab_without_a_garden_does_not_speak_of_one() -> None:
    async with browsing(Served(lab=small_lab(devices={}))) as (_, client):
        assert "/garden" not in (await client.get("/")).text
        assert "pas encore de jardin" in text_of(await client.get("/garden"))
        assert (await client.get("/health")).status_code == 200


async def test_a_real_lab_has_no_simulated_page() -> None:
    async with browsing() as (_, client):
        assert (await client.get("/simulated")).status_code == 404
        assert "/simulated" not in (await client.get("/")).text


async def test_the_portal_says_whether_the_garden_answers() -> None:
    async with browsing() as (lab, client):
        assert "Pas encore de nouvelles" in text_of(await client.get("/"))
        lab.online()
        lab.online("rain-tank")
        assert "2 endroits, tout va bien" in text_of(await client.get("/"))
        lab.offline()
        assert "1 endroit ne répond pas" in text_of(await client.get("/"))


async def test_the_garden_shows_value_unit_quality_and_age() -> None:
    async with browsing() as (lab, client):
        lab.online()
        lab.read(21.53, age_s=130)
        page = text_of(await client.get("/garden"))
    assert "Potager En marche" in page
    assert "Température de l’air 21,5 °C Mesure fiable il y a 2 minutes" in page
    assert "Humidité de la terre – % Pas encore de mesure" in page


async def test_a_failed_or_stale_value_is_told_in_words_and_shows_no_number() -> None:
    async with browsing() as (lab, client):
        lab.online()
        lab.read(21.53, age_s=600)
        lab.read(None, "soil-moisture", unit="%", quality=Quality.FAILED)
        page = text_of(await client.get("/garden"))
    assert "21,5" not in page
    assert "Pas de mesure récente il y a 10 minutes" in page
    assert "Le capteur ne répond pas à l’instant" in page


async def test_a_bed_that_does_not_answer_says_what_to_do_and_why() -> None:
    async with browsing() as (lab, client):
        lab.offline(reason="<b>check</b> the plug")
        page = await client.get("/garden")
    assert "Ne répond pas Prévenez l’équipe du fablab." in text_of(page)
    assert "&lt;b&gt;check&lt;/b&gt; the plug" in page.text


async def test_a_time_that_nobody_can_trust_is_not_told() -> None:
    async with browsing() as (lab, client):
        lab.read(21.5, at=Moment(now().utc.replace(year=1970), trusted=False))
        assert "21,5 °C Mesure fiable heure inconnue" in text_of(await client.get("/garden"))


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=list(LANGUAGES))
@pytest.mark.parametrize("path", PAGES)
async def test_each_page_speaks_each_language(path: str, language: Language) -> None:
    async with browsing() as (_, client):
        page = await client.get(path, headers={"accept-language": language.code})
    assert f'<html lang="{language.code}" dir="{language.direction}">' in page.text
    assert page.headers["content-language"] == language.code
    assert "Accept-Language" in page.headers["vary"]


async def test_a_language_that_was_chosen_is_remembered_and_nothing_else_is() -> None:
    async with browsing() as (_, client):
        assert not (await client.get("/")).headers.get("set-cookie")
        chosen = await client.get("/garden?lang=tr")
        later = await client.get("/", headers={"accept-language": "ar"})
    assert "lang=tr" in chosen.headers["set-cookie"]
    assert "SameSite=lax" in chosen.headers["set-cookie"]
    assert dict(client.cookies) == {"lang": "tr"}
    assert '<html lang="tr"' in later.text


async def test_a_language_that_does_not_exist_is_not_remembered() -> None:
    async with browsing() as (_, client):
        page = await client.get("/?lang=<script>")
    assert "set-cookie" not in page.headers
    assert '<html lang="fr"' in page.text


@pytest.mark.parametrize("path", [*PAGES, "/static/style.css", "/api/devices", "/metrics"])
async def test_every_answer_tells_the_browser_to_trust_nobody_else(path: str) -> None:
    async with browsing() as (_, client):
        headers = (await client.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers


async def test_a_page_that_breaks_says_so_in_words_and_nothing_of_the_inside(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lab = Served()
    async with browsing(lab) as (_, client):
        lab.health = None  # type: ignore[assignment]  # a fault put in from behind
        page = await client.get("/health")
        problem = await client.get("/metrics", headers={"accept": "application/json"})
    assert page.status_code == problem.status_code == 500
    assert "Quelque chose s’est cassé" in text_of(page)
    assert "AttributeError" not in page.text + problem.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert problem.headers["content-type"] == "application/problem+json"
    assert "AttributeError" in caplog.text


async def test_head_tells_what_get_would() -> None:
    async with browsing() as (_, client):
        head = await client.head("/garden")
        assert (head.status_code, head.content) == (200, b"")


async def test_a_method_that_a_page_does_not_know_is_refused_in_words() -> None:
    async with browsing() as (_, client):
        page = await client.post("/garden")
    assert page.status_code == 405
    assert "Le labo n’a pas compris" in text_of(page)


async def test_a_body_that_is_too_big_is_not_read(tmp_path: Path) -> None:
    async with browsing(Served(worlds={"garden": tmp_path / "world.sock"})) as (lab, client):
        page = await client.post("/simulated", content=b"x" * (BODY_AT_MOST + 1), headers={"origin": lab.url})
    assert page.status_code == 413


async def test_static_files_are_asked_for_again_but_not_sent_again() -> None:
    async with browsing() as (_, client):
        first = await client.get("/static/style.css")
        again = await client.get("/static/style.css", headers={"if-none-match": first.headers["etag"]})
        outside = await client.get("/static/..%2f..%2fserver.py")
    assert (first.headers["cache-control"], again.status_code, outside.status_code) == ("no-cache", 304, 404)


async def test_health_is_json_for_who_asks() -> None:
    async with browsing() as (_, client):
        answer = await client.get("/health", headers={"accept": "application/json"})
        page = await client.get("/health", headers={"accept": "*/*"})
    assert (answer.json()["status"], answer.json()["node"]) == ("pass", "hub")
    assert answer.json()["services"] == [{"name": "web", "condition": "running", "failures": 0, "error": ""}]
    assert page.headers["content-type"].startswith("text/html")


async def test_health_is_503_when_a_service_does_not_run_and_says_which() -> None:
    broken = replace(HEALTHY, services=(Status("history", Condition.WAITING, 3, "disk full"),))
    async with browsing(Served(health=broken)) as (_, client):
        page = await client.get("/health")
        answer = await client.get("/health", headers={"accept": "application/json"})
    assert (page.status_code, answer.status_code, answer.json()["status"]) == (503, 503, "fail")
    assert "history En panne ; nouvel essai en cours 3 échecs disk full" in text_of(page).replace(NBSP, " ")


async def test_health_tells_which_pis_are_there() -> None:
    async with browsing() as (lab, client):
        assert "hub En marche garden Pas encore de nouvelles" in text_of(await client.get("/health"))
        lab.bus.report(NodeStatus("garden", online=False))
        assert "garden Ne répond pas" in text_of(await client.get("/health"))
