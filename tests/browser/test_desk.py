"""Doors, machines and the desk in a real browser: for everybody who comes, and for those who welcome them."""

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from playwright.sync_api import Browser, Page, expect

from devices.board.world import World
from devices.device import Json
from devices.policy.decision import Reason
from devices.policy.rules import Strength
from hub.members.model import AccountRole, Member
from hub.web.language import LANGUAGES
from hub.web.login.cookie import ON_THIS_MACHINE
from tests.browser.conftest import DESKTOP, PHONE, Lab, Visitor
from tests.browser.test_every_page import NARROW, left, overflow_px, too_small, violations
from tests.hub.web.cabinets import Cabinet
from tests.hub.web.desks import DOOR, MACHINE, PASSWORD, Desk
from tests.hub.web.served import Served

Result = TypeVar("Result")

RECEPTION, ADMINISTRATOR = AccountRole.RECEPTION.value, AccountRole.ADMINISTRATOR.value
PUBLIC = (
    "/login",
    "/access",
    f"/access/{DOOR}/screen",
    "/machines",
    f"/machines/{MACHINE}/screen",
    f"/machines/{MACHINE}/oops",
    "/members/privacy",
)
BEHIND = (
    "/",
    "/access",
    "/machines",
    "/members",
    "/members/new",
    "/members/import",
    "/members/{id}",
    "/members/{id}/edit",
    "/members/{id}/badge",
    "/members/{id}/erase",
    "/accounts?member={id}",
)


@dataclass(slots=True)
class DeskLab(Lab):
    """A lab with members, in the loop that serves it."""

    aicha: Member = field(init=False, repr=False)

    @property
    def desk(self) -> Desk:
        assert isinstance(self.served, Desk)
        return self.served

    def wait(self, work: Coroutine[object, object, Result]) -> Result:
        """Let something be done in the lab's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def open(self) -> None:
        self.wait(self.desk.members.store.open())
        Lab.open(self)  # no super(): a dataclass with slots is another class than the one that stands here
        self._running.append(asyncio.run_coroutine_threadsafe(self.desk.members.run(), self._loop))
        self.aicha = self.wait(self.desk.inhabited())
        self.say(lambda _: self.as_on_a_common_day())

    def as_on_a_common_day(self) -> None:
        self.desk.as_on_a_common_day()
        self.desk.decided(Reason.GRANTED, self.aicha.id)
        self.desk.decided(Reason.NO_TRAINING, self.aicha.id, MACHINE)
        self.desk.decided(Reason.UNKNOWN_BADGE, None)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskLab]:
    folder = tmp_path_factory.mktemp("desk")
    served = Desk(folder=folder, worlds={"garden": folder / "world.sock"})
    made = DeskLab(served, World(folder / "world"), Cabinet(served))
    with served.answering():
        for opened in made.run():
            assert isinstance(opened, DeskLab)
            yield opened


@pytest.fixture
def visitor(chromium: Browser, lab: DeskLab) -> Iterator[Visitor]:
    made = Visitor(chromium, lab)
    lab.say(lambda _: lab.as_on_a_common_day())
    yield made
    made.leave()
    assert made.complaints == []


def _shows(served: Served, display: Json) -> None:
    assert isinstance(served, Desk)
    served.say(DOOR, "display", display)


def sign_in(page: Page, name: str = ADMINISTRATOR) -> None:
    page.goto("/login")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.locator("main form button").click()
    page.wait_for_url("**/")


def faults(page: Page, path: str) -> list[str]:
    """What is wrong with a page for somebody, on a phone, on a desk, and in large letters."""
    page.goto(path)
    found = []
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        found += [f"too small: {each}" for each in too_small(page)] + violations(page)
        found += [f"{overflow_px(page)} px too wide at {size}"] * bool(overflow_px(page))
    page.set_viewport_size(NARROW)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    found += [f"{overflow_px(page)} px too wide in large letters"] * bool(overflow_px(page))
    return [f"{path}: {each}" for each in found]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_accessible_and_fits(visitor: Visitor, lab: DeskLab, language: str) -> None:
    page = visitor.arrive(language)
    found = [fault for path in PUBLIC for fault in faults(page, path)]
    sign_in(page)
    found += [fault for path in BEHIND for fault in faults(page, path.format(id=lab.aicha.id))]
    assert found == []


def test_every_page_is_accessible_in_the_dark_with_its_menus_open(visitor: Visitor, lab: DeskLab) -> None:
    page = visitor.arrive(color_scheme="dark")
    sign_in(page)
    found = []
    for path in (*PUBLIC, *BEHIND):
        page.goto(path.format(id=lab.aicha.id))
        page.evaluate("document.querySelectorAll('details:not([hidden])').forEach(each => each.open = true)")
        found += [f"{path}: {each}" for each in violations(page)]
    assert found == []


@pytest.mark.parametrize("scripts", [True, False])
def test_the_reception_enrols_a_badge(visitor: Visitor, lab: DeskLab, *, scripts: bool) -> None:
    credential = ("d4" if scripts else "e5") * 32
    page = visitor.arrive("fr", java_script_enabled=scripts)
    sign_in(page, RECEPTION)
    page.goto(f"/members/{lab.aicha.id}/badge")
    page.fill("#label", "carte verte")
    page.get_by_role("button", name="Commencer").click(no_wait_after=True)
    expect(page.locator(".hold:visible")).to_contain_text("Tenez maintenant le badge devant le lecteur")
    lab.say(lambda _: lab.desk.badge_shown(credential, Strength.CRYPTO))
    expect(page.locator(".hold:visible")).to_contain_text("Le badge est enregistré.")
    page.get_by_role("link", name="Aïcha Diallo").click()
    expect(page.locator("section[aria-labelledby=badges]")).to_contain_text("carte verte")


@pytest.mark.parametrize("scripts", [True, False])
def test_members_come_from_a_spreadsheet(visitor: Visitor, tmp_path: Path, *, scripts: bool) -> None:
    people = tmp_path / "people.csv"
    name = "Script" if scripts else "Papier"
    rows = "".join(f"{name} {number}\r\n" for number in range(60))
    people.write_text(f"nom\r\n{rows}", encoding="utf-8")
    page = visitor.arrive("fr", java_script_enabled=scripts)
    sign_in(page)
    page.goto("/members/import")
    page.set_input_files("#file", people)
    page.get_by_role("button", name="Regarder d’abord").click()
    expect(page.locator("dl")).to_contain_text("60")
    page.get_by_role("button", name="Oui, importer").click()
    expect(page.locator(".hold:visible")).to_contain_text("L’importation est faite.")
    page.get_by_role("link", name="Tous les membres").click()
    page.fill("#q", f"{name} 59")
    page.get_by_role("button", name="Chercher").click()
    expect(page.locator(".people")).to_contain_text(f"{name} 59")


def test_a_door_that_is_forced_is_seen_at_once(visitor: Visitor, lab: DeskLab) -> None:
    page = visitor.arrive("fr", viewport=DESKTOP)
    page.goto("/access")
    expect(page.locator(".so")).to_have_text("Fermée à clé : montrez votre badge")
    forced: Json = {"locked": True, "open": True, "mode": "normal", "alarm": "forced"}
    lab.say(lambda _: lab.desk.say(DOOR, "door", forced))
    expect(page.locator(".alarm")).to_contain_text("Alarme : la porte a été forcée.")
    lab.say(lambda _: lab.desk.offline(DOOR))
    expect(page.locator(".state")).to_contain_text("Prévenez l’équipe du fablab.")


def test_the_screen_speaks_the_language_of_whoever_shows_a_badge(visitor: Visitor, lab: DeskLab) -> None:
    page = visitor.arrive("fr", viewport=DESKTOP)
    page.goto(f"/access/{DOOR}/screen")
    expect(page.locator("h1")).to_have_text("Passez votre badge.")
    lab.say(lambda _: lab.desk.say(DOOR, "display", {"reason": "granted", "language": "ar"}))
    expect(page.locator("h1")).to_have_text("أهلًا وسهلًا! تفضّلوا بالدخول.")
    assert page.get_attribute("h1", "dir") == "rtl"
    assert violations(page) == []
    lab.say(lambda _: lab.desk.say(DOOR, "display", {"reason": None, "language": None}))
    expect(page.locator("h1")).to_have_text("Passez votre badge.")


def test_the_longest_message_fits_on_a_small_screen(visitor: Visitor, lab: DeskLab) -> None:
    page = visitor.arrive("fr", viewport={"width": 480, "height": 320})
    for language in LANGUAGES:
        display: Json = {"reason": "no-training", "language": language}
        lab.say(partial(_shows, display=display))
        page.goto(f"/access/{DOOR}/screen")
        assert overflow_px(page) == 0
        assert page.evaluate("document.documentElement.scrollHeight - document.documentElement.clientHeight") == 0
    lab.say(lambda _: lab.desk.say(DOOR, "display", {"reason": None, "language": None}))


@pytest.mark.parametrize("scripts", [True, False])
def test_anybody_says_oops_and_is_thanked(visitor: Visitor, lab: DeskLab, *, scripts: bool) -> None:
    page = visitor.arrive("fr", java_script_enabled=scripts)
    page.goto("/machines")
    page.get_by_role("link", name="Oups").first.click()
    page.get_by_role("button", name="Oui, l’arrêter").click()
    expect(page.locator(".told")).to_contain_text("Merci de l’avoir dit !")
    assert [command.action for command in lab.desk.commands][-1:] == ["oops"]


def test_a_part_in_which_somebody_is_with_the_keyboard_waits(visitor: Visitor, lab: DeskLab) -> None:
    page = visitor.arrive("fr", viewport=DESKTOP)
    page.goto("/machines")
    oops = page.get_by_role("link", name="Oups").first
    oops.focus()
    lab.say(lambda _: lab.desk.say(MACHINE, "session", {"phase": "idle", "member": None}))
    expect(page.locator(f"#state-{MACHINE}")).to_contain_text("Libre")
    expect(oops).to_be_focused()


def test_the_door_is_unlocked_by_the_administration_alone(visitor: Visitor, lab: DeskLab) -> None:
    page = visitor.arrive("fr")
    sign_in(page, RECEPTION)
    page.goto("/access")
    assert page.get_by_role("button", name="Ouvrir").count() == 0
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url("**/")
    sign_in(page)
    page.goto("/access")
    page.get_by_role("button", name="Ouvrir").click()
    expect(page.locator(".told")).to_contain_text("La porte est ouverte pour un moment.")
    assert lab.desk.commands[-1].action == "unlock"


def test_after_signing_out_the_way_back_shows_nothing(visitor: Visitor, lab: DeskLab) -> None:
    page = visitor.arrive("fr")
    sign_in(page, RECEPTION)
    page.goto(f"/members/{lab.aicha.id}")
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url("**/")
    assert ON_THIS_MACHINE not in {cookie["name"] for cookie in page.context.cookies()}
    page.go_back()
    page.wait_for_url("**/login**")


def test_arabic_forms_run_from_right_to_left(visitor: Visitor, lab: DeskLab) -> None:
    page = visitor.arrive("ar", viewport=DESKTOP)
    sign_in(page)
    page.goto(f"/members/{lab.aicha.id}/edit")
    assert left(page, "#email") > left(page, "#phone")
    assert page.input_value("#name") == "Aïcha Diallo"
