"""The arcade's pages while people play."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from devices.device import Json
from hub.web.language import LANGUAGES
from tests.browser.conftest import DESKTOP, Lab, Visitor
from tests.browser.test_every_page import violations
from tests.browser.test_garden import shown_in
from tests.hub.web.cabinets import HERE, switch

CONTROLS, TECHNICIAN, SCREEN = (f"/arcade/{HERE}/{page}" for page in ("controls", "technician", "screen"))


def live(visitor: Visitor, path: str = "/arcade", language: str = "fr", **wishes: object) -> Page:
    page = visitor.arrive(language, **wishes)
    page.goto(path)
    expect(page.locator("#connection")).to_have_attribute("data-connection", "live")
    page.evaluate("window.here = true")
    return page


def card(page: Page) -> Locator:
    return page.locator(f"[data-device={HERE}]")


def test_the_turn_changes_without_reloading(visitor: Visitor, lab: Lab) -> None:
    page = live(visitor)
    expect(card(page).locator(".player")).to_have_text("Tigre")
    lab.play(lambda cabinet: cabinet.turn("calling", "lion", 45))
    lab.play(lambda cabinet: cabinet.queue("whale"))
    expect(card(page).locator(".player")).to_have_text("Lion")
    expect(card(page).locator(".phase")).to_have_text("Venez à la borne !")
    expect(card(page).locator(".stage > svg use")).to_have_attribute("href", "/static/animals.svg#lion")
    expect(card(page).locator(".queue .name")).to_have_text(["Baleine"])
    lab.play(lambda cabinet: cabinet.turn("free", players=0))
    expect(card(page).locator(".player")).to_be_hidden()
    expect(card(page).locator(".left")).to_be_hidden()
    assert page.evaluate("window.here")


def test_what_the_script_writes_is_what_the_server_would_have_written(visitor: Visitor, lab: Lab) -> None:
    plain = visitor.arrive(java_script_enabled=False)
    for language in LANGUAGES:
        page = live(visitor, language=language)
        lab.play(lambda cabinet: cabinet.turn("grace", "sea-horse", 12_345))
        lab.play(lambda cabinet: cabinet.queue("fox", "sea-horse", "owl"))
        lab.play(lambda cabinet: cabinet.say("hours", {"open": False, "quiet": False, "next": "14:00"}))
        lab.play(lambda cabinet: cabinet.say("credits", 0))
        lab.play(lambda cabinet: cabinet.say("game", None))
        lab.play(lambda cabinet: cabinet.say("problems", {}))
        expect(card(page).locator(".queue li")).to_have_count(3)
        expect(card(page).locator(".reason")).to_be_hidden()
        plain.goto(f"/arcade?lang={language}")
        assert without_seconds(page) == without_seconds(plain)
        lab.play(lambda cabinet: cabinet.as_on_a_common_day())


def without_seconds(page: Page) -> list[str]:
    """What the cards say, but for the seconds that pass meanwhile."""
    return [re.sub(r"20\d:\d\d", "20?", line) for line in shown_in(page, ".cabinets")]


def test_the_time_left_counts_down(visitor: Visitor, lab: Lab) -> None:
    page = visitor.arrive()
    page.clock.install()
    page.goto("/arcade")
    expect(page.locator("#connection")).to_have_attribute("data-connection", "live")
    lab.play(lambda cabinet: cabinet.turn("playing", "tiger", 40))
    expect(card(page).locator(".clock")).to_have_text(re.compile(r"0:(40|3\d)"))
    page.clock.run_for(20_000)
    expect(card(page).locator(".clock")).to_have_text(re.compile(r"0:(20|1\d)"))
    page.clock.run_for(20_000)
    expect(card(page).locator(".clock")).to_have_text("0:00")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_visitor_joins_waits_and_leaves(visitor: Visitor, lab: Lab, *, scripts: bool) -> None:
    lab.play(lambda cabinet: cabinet.turn("playing", "tiger", 240))
    page = visitor.arrive(java_script_enabled=scripts)
    page.goto("/arcade")
    card(page).get_by_role("button", name="Je veux jouer").click()
    yours = card(page).locator(".yours")
    expect(yours).to_contain_text("Votre animal : Renard")
    expect(card(page).locator(".queue [aria-current]")).to_have_text(re.compile(r"Renard\s*Vous"))
    expect(page.get_by_role("button", name="Je veux jouer")).to_have_count(0)
    yours.get_by_role("button", name="Rendre ma place").click()
    expect(page.get_by_role("alert")).to_have_text("Vous avez rendu votre place. À bientôt !")
    expect(card(page).get_by_role("button", name="Je veux jouer")).to_be_visible()
    assert lab.cabinet.waiting == ["lion", "whale"]


def test_whoever_is_called_is_told_at_once_and_in_the_title(visitor: Visitor, lab: Lab) -> None:
    page = live(visitor)
    card(page).get_by_role("button", name="Je veux jouer").click()
    expect(card(page).locator(".yours")).to_be_visible()
    expect(page.locator("#connection")).to_have_attribute("data-connection", "live")
    lab.play(lambda cabinet: cabinet.turn("calling", "fox", 45))
    lab.play(lambda cabinet: cabinet.queue())
    called = "C’est à vous ! Allez à la borne et appuyez sur un bouton."
    expect(card(page).locator(".what")).to_have_text(called)
    expect(page.locator("#announcements")).to_have_text(called)
    expect(page).to_have_title(f"★ {called}")
    assert violations(page) == []
    lab.play(lambda cabinet: cabinet.turn("playing", "fox", 600))
    expect(card(page).locator(".what")).to_have_text("Vous jouez. Amusez-vous bien !")
    expect(card(page).get_by_role("button", name="Rendre ma place")).to_have_count(0)
    expect(page).to_have_title("Arcade – ALCOLAB")


def test_when_the_turn_is_over_the_button_comes_back(visitor: Visitor, lab: Lab) -> None:
    page = visitor.arrive()
    page.clock.install()
    page.goto("/arcade")
    card(page).get_by_role("button", name="Je veux jouer").click()
    expect(card(page).locator(".yours")).to_be_visible()
    expect(page.locator("#connection")).to_have_attribute("data-connection", "live")
    lab.play(lambda cabinet: cabinet.queue())
    expect(card(page).locator(".queue li")).to_have_count(0)
    page.clock.run_for(4_000)
    expect(card(page).locator(".yours")).to_be_visible()
    page.clock.run_for(3_000)
    expect(card(page).locator(".yours")).to_be_hidden()
    expect(card(page).get_by_role("button", name="Je veux jouer")).to_be_visible()


def test_a_press_lights_its_switch_and_no_other(visitor: Visitor, lab: Lab) -> None:
    page = live(visitor, CONTROLS)
    lab.play(lambda cabinet: cabinet.say("pressed", {"1": ["south"], "2": []}))
    expect(page.locator(".light[data-pressed=yes]")).to_have_count(1)
    expect(page.locator(".light[data-pressed=yes] .hidden")).to_have_text("Bouton du bas")
    assert violations(page) == []
    lab.play(lambda cabinet: cabinet.say("pressed", {"1": [], "2": ["up", "start"]}))
    expect(page.locator(".light[data-player='2'][data-pressed=yes]")).to_have_count(2)
    expect(page.locator(".light[data-player='1'][data-pressed=yes]")).to_have_count(0)


def test_the_cabinet_is_told_that_somebody_watches_and_goes_on_being_told(visitor: Visitor, lab: Lab) -> None:
    page = visitor.arrive()
    page.clock.install()
    page.goto(CONTROLS)
    expect(page.locator("#connection")).to_have_attribute("data-connection", "live")
    with page.expect_request("**/watch") as asked:
        page.clock.run_for(30_000)
    assert asked.value.method == "POST"
    assert lab.cabinet.asked[0] == ("watch", {})


def test_a_switch_that_wears_out_is_named_while_somebody_looks(visitor: Visitor, lab: Lab) -> None:
    plain, page = visitor.arrive(java_script_enabled=False), visitor.arrive()
    for language in LANGUAGES:
        page = live(visitor, CONTROLS, language)
        lab.play(lambda cabinet: cabinet.say("switches", {"1": {}, "2": {"l1": switch(98_765, "fit a new one")}}))
        expect(page.locator(".worn .why")).to_have_text("fit a new one")
        page.locator(".measured summary >> nth=1").click()
        plain.goto(f"{CONTROLS}?lang={language}")
        plain.locator(".measured summary >> nth=1").click()
        for part in (".worn", ".panel >> nth=1"):
            assert shown_in(page, part) == shown_in(plain, part)
        lab.play(lambda cabinet: cabinet.as_on_a_common_day())
    assert violations(page) == []


def test_the_bars_of_a_switch_are_its_bounces(visitor: Visitor, lab: Lab) -> None:
    page = live(visitor, CONTROLS)
    measured: Json = {"presses": 4, "bounces": {"0": 2, "1": 1, "2": 0, "3+": 1}, "latency_us": None, "worn": None}
    widths = "row => [...row.querySelectorAll('rect')].map(each => Number(each.getAttribute('width')))"
    row = page.locator("tr[data-player='1'][data-button=up]")
    lab.play(lambda cabinet: cabinet.say("switches", {"1": {"up": measured}}))
    expect(row.locator("[data-count=presses]")).to_have_text("4")
    assert row.evaluate(widths) == [50, 25, 0, 25]
    page.reload()
    assert row.evaluate(widths) == [50, 25, 0, 25]


def test_technicians_change_the_cabinet_at_the_cabinet(visitor: Visitor, lab: Lab) -> None:
    page = visitor.arrive(viewport=DESKTOP)
    page.goto(TECHNICIAN)
    page.get_by_label("Deux directions opposées à la fois").select_option("Haut passe avant bas")
    page.get_by_label("Deux directions opposées à la fois").locator("xpath=ancestor::form").get_by_role(
        "button"
    ).click()
    expect(page.get_by_role("status")).to_have_text("C’est fait.")
    page.get_by_label("Crédits à donner").fill("3")
    page.get_by_role("button", name="Donner des crédits").click()
    page.wait_for_url("**/technician?done=credit")
    assert lab.cabinet.asked == [
        ("socd", {"profile": "default", "socd": "up-priority"}),
        ("credit", {"credits": 3}),
    ]


def test_from_another_machine_they_are_told_kindly_where_to_go(visitor: Visitor, lab: Lab) -> None:
    visitor.expected = ("403 (Forbidden)",)
    page = visitor.arrive(base_url=lab.url_by_name)
    page.goto(TECHNICIAN)
    expect(page.locator("h1")).to_have_text("Seulement à la borne")
    assert page.locator("main form").count() == 0
    assert lab.cabinet.asked == []


def test_places_are_taken_at_the_labs_name_over_plain_http(visitor: Visitor, lab: Lab) -> None:
    page = visitor.arrive(base_url=lab.url_by_name)
    page.goto("/arcade")
    card(page).get_by_role("button", name="Je veux jouer").click()
    expect(card(page).locator(".yours")).to_contain_text("Renard")


def test_the_cabinets_screen_says_the_same_live_as_when_it_is_opened(visitor: Visitor, lab: Lab) -> None:
    plain = visitor.arrive(java_script_enabled=False)
    page = visitor.arrive(viewport=DESKTOP)
    page.goto(SCREEN)
    for kind, ticket in (
        ("call", "whale"),
        ("next", None),
        ("call", "sea-horse"),
        ("slot-stuck", None),
        ("call", "cat"),
    ):
        lab.play(lambda cabinet, kind=kind, ticket=ticket: cabinet.say("message", {"kind": kind, "ticket": ticket}))  # type: ignore[misc]  # mypy: defaults of a lambda
        lab.play(lambda cabinet: cabinet.queue("owl", "bee", "cat", "dog"))
        expect(page.locator("main")).to_have_attribute("data-kind", kind)
        plain.goto(SCREEN)
        assert page.locator("h1, .messages p").all_inner_texts() == plain.locator("h1, .messages p").all_inner_texts()
        assert page.locator("main use:visible").evaluate_all(
            "all => all.map(use => use.getAttribute('href'))"
        ) == plain.locator("main use:visible").evaluate_all("all => all.map(use => use.getAttribute('href'))")
        assert violations(page) == []


def test_the_cabinets_screen_finds_a_server_that_was_away_and_asks_for_its_page_anew(
    visitor: Visitor, lab: Lab
) -> None:
    visitor.expected = ("ERR_", "/api/events")
    page = visitor.arrive(viewport=DESKTOP)
    page.goto(SCREEN)
    page.evaluate("window.here = true")
    lab.close()
    expect(page.locator(".lost")).to_be_visible()
    expect(page.locator("h1")).to_have_text("Lion : c’est à vous !")
    lab.play(lambda cabinet: cabinet.say("message", {"kind": "welcome"}))
    lab.open()
    expect(page.locator("h1")).to_have_text("Bienvenue ! Appuyez sur un bouton.")
    page.wait_for_function("window.here === undefined")
    expect(page.locator(".lost")).to_be_hidden()


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 1024), (800, 600), (640, 480), (768, 1366)])
def test_the_cabinets_screen_is_read_from_two_metres_without_scrolling(
    visitor: Visitor, lab: Lab, width: int, height: int
) -> None:
    page = visitor.arrive(viewport={"width": width, "height": height})
    page.goto(SCREEN)
    for kind in ("join-in", "slot-stuck", "call"):
        lab.play(lambda cabinet, kind=kind: cabinet.say("message", {"kind": kind, "ticket": None}))  # type: ignore[misc]  # mypy: defaults of a lambda
        expect(page.locator("main")).to_have_attribute("data-kind", kind)
        assert page.evaluate("document.documentElement.scrollHeight") <= height
    smallest = page.locator(".messages p").first.evaluate("each => parseFloat(getComputedStyle(each).fontSize)")
    assert smallest >= 0.04 * min(width, height)


def test_nothing_on_the_cabinets_screen_moves(visitor: Visitor, lab: Lab) -> None:
    page = visitor.arrive(viewport=DESKTOP)
    page.goto(SCREEN)
    for kind in ("welcome", "call", "finish"):
        lab.play(lambda cabinet, kind=kind: cabinet.say("message", {"kind": kind, "ticket": "cat"}))  # type: ignore[misc]  # mypy: defaults of a lambda
        expect(page.locator("main")).to_have_attribute("data-kind", kind)
        assert page.evaluate("document.getAnimations().length") == 0


def test_arabic_runs_from_right_to_left_and_the_panel_stands_as_it_is_built(visitor: Visitor) -> None:
    page = live(visitor, CONTROLS, "ar", viewport=DESKTOP)
    left_of = "each => each.getBoundingClientRect().left"
    lever = page.locator(".light[data-player='1'][data-button=left]").evaluate(left_of)
    assert lever < page.locator(".light[data-player='1'][data-button=right]").evaluate(left_of)
    assert lever < page.locator(".light[data-player='1'][data-button=south]").evaluate(left_of)
    page.goto("/arcade")
    animal, name = (page.locator(f".stage >> nth=0 >> {part}").evaluate(left_of) for part in ("> svg", ".player"))
    assert name < animal


def test_the_ticket_is_drawn(visitor: Visitor) -> None:
    page = live(visitor)
    drawn = "each => { const box = each.getBBox(); return box.width > 0 && box.height > 0; }"
    assert card(page).locator(".stage > svg").evaluate(drawn)
