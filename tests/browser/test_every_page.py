"""Every page, in each language, on a phone and on a desk: for everybody, and for nobody else."""

from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize

from hub.web.language import LANGUAGES
from tests.browser.conftest import DESKTOP, PHONE, Visitor

ARCADE = ("/arcade", "/arcade/arcade/controls", "/arcade/arcade/technician", "/arcade/arcade/screen")
REFUSED = {"/nothing-here": "404 (Not Found)", "/arcade/racing/technician": "403 (Forbidden)"}
PAGES = ("/", "/garden", "/health", "/api", "/simulated", *ARCADE, *REFUSED)
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    "preload": False,
}
EVERY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
EVERY_PAGE = pytest.mark.parametrize("path", PAGES)
NARROW = ViewportSize(width=320, height=640)


def violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA and its own best practices."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", OPTIONS)
    assert found["passes"]
    return [
        f"{violation['id']}: {violation['help']}: {[node['html'] for node in violation['nodes']]}"
        for violation in found["violations"]
    ]


def overflow_px(page: Page) -> int:
    """How far the page can be scrolled sideways."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


def left(page: Page, selector: str) -> float:
    """Where something begins, in px from the left."""
    found: float = page.locator(selector).evaluate("each => each.getBoundingClientRect().left")
    return found


def too_small(page: Page) -> list[str]:
    """What can be pressed and is smaller than a finger, other than links in a sentence."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("a, button, summary, select, label.choice, input:not([type=hidden])")]
        .filter(each => each.checkVisibility() && !each.closest("p, .skip, .guide") && !each.matches(".choice input"))
        .filter(each => { const box = each.getBoundingClientRect(); return box.width < 44 || box.height < 43.9; })
        .map(each => each.outerHTML)"""
    )
    return found


def visit(visitor: Visitor, path: str, language: str = "fr", **wishes: object) -> Page:
    visitor.expected = (REFUSED[path],) if path in REFUSED else ()
    page = visitor.arrive(language, **wishes)
    page.goto(path)
    return page


@EVERY_LANGUAGE
@EVERY_PAGE
def test_a_page_is_accessible_and_fits(visitor: Visitor, path: str, language: str) -> None:
    page = visit(visitor, path, language)
    assert page.get_attribute("html", "lang") == language
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        assert overflow_px(page) == 0
        assert too_small(page) == []
        assert violations(page) == []
    page.set_viewport_size(NARROW)
    assert overflow_px(page) == 0
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert overflow_px(page) == 0


@EVERY_PAGE
def test_a_page_is_accessible_in_the_dark_with_its_menus_open(visitor: Visitor, path: str) -> None:
    page = visit(visitor, path, color_scheme="dark")
    page.evaluate("document.querySelectorAll('details:not([hidden])').forEach(each => each.open = true)")
    assert violations(page) == []
    assert overflow_px(page) == 0


@EVERY_PAGE
def test_a_page_says_everything_without_javascript(visitor: Visitor, path: str) -> None:
    page = visit(visitor, path, java_script_enabled=False)
    assert page.inner_text("h1")
    if path == "/garden":
        assert "21,5 °C" in page.inner_text(".bed >> nth=0").replace("\n", " ")
        assert page.locator("noscript a").inner_text() == "Actualiser"


def test_arabic_runs_from_right_to_left_and_its_values_from_left_to_right(visitor: Visitor) -> None:
    page = visitor.arrive("ar", viewport=DESKTOP)
    page.goto("/garden")
    assert left(page, ".languages") < left(page, ".home")
    assert left(page, ".number >> nth=0") < left(page, ".unit >> nth=0")
    assert page.locator(".number >> nth=0").inner_text() == "21,5"


@pytest.mark.parametrize("scripts", [True, False])
def test_another_language_is_chosen_without_leaving_the_page_and_remembered(visitor: Visitor, *, scripts: bool) -> None:
    page = visitor.arrive("fr", java_script_enabled=scripts)
    page.goto("/garden")
    page.locator(".languages summary").click()
    page.get_by_role("link", name="Türkçe").click()
    page.wait_for_url("**/garden?lang=tr")
    assert page.inner_text("h1") == "Bahçe"
    page.goto("/")
    assert page.inner_text("h1") == "Fablab’a hoş geldiniz"


def test_everything_is_reached_by_keyboard_alone(visitor: Visitor) -> None:
    page = visitor.arrive("en")
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches(':focus-visible')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/garden")
    for _ in range(3):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.parentElement.open")


def test_the_ring_around_what_has_the_focus_can_be_seen(visitor: Visitor) -> None:
    page = visitor.arrive()
    page.goto("/garden")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outline")
    assert "solid 3px" in outline or "3px" in outline


def test_nothing_moves_for_who_wants_it_still(visitor: Visitor) -> None:
    page = visitor.arrive(reduced_motion="reduce")
    page.goto("/garden")
    page.wait_for_selector("[data-connection=live]")
    assert page.evaluate("document.getAnimations().length") == 0
