"""The garden page while things happen in the garden."""

import re

from playwright.sync_api import Locator, Page, expect

from devices.device import Quality, State
from hub.bus import NodeStatus
from tests.browser.conftest import Lab, Visitor
from tests.hub.web.served import now


def garden(visitor: Visitor, language: str = "fr") -> Page:
    page = visitor.arrive(language)
    page.goto("/garden")
    expect(page.locator("#connection")).to_have_attribute("data-connection", "live")
    page.evaluate("window.here = true")
    return page


def air(page: Page) -> Locator:
    return page.locator("[data-device=vegetable-patch] [data-channel=air-temperature]")


def test_a_new_value_appears_without_reloading(visitor: Visitor, lab: Lab) -> None:
    page = garden(visitor)
    lab.say(lambda served: served.read(23.46))
    expect(air(page).locator(".number")).to_have_text("23,5")
    expect(air(page).locator(".since")).to_have_text("à l’instant")
    assert page.evaluate("window.here")


def test_what_the_script_writes_is_what_the_server_would_have_written(visitor: Visitor, lab: Lab) -> None:
    plain = visitor.arrive(java_script_enabled=False)
    for language in ("fr", "en", "ar", "tr", "pt", "uk"):
        page = garden(visitor, language)
        lab.say(lambda served: served.read(-1234.5, quality=Quality.SUSPECT, age_s=125))
        lab.say(lambda served: served.offline("rain-tank", "gone"))
        expect(air(page)).to_have_attribute("data-quality", "suspect")
        plain.goto(f"/garden?lang={language}")
        assert shown(page) == shown(plain)
        lab.say(lambda served: served.read(21.53))


def shown(page: Page) -> list[str]:
    """What the cards say."""
    return shown_in(page, ".beds")


def shown_in(page: Page, selector: str) -> list[str]:
    """What stands there, line by line; a browser marks a number's direction, the server its element's."""
    lines = page.locator(selector).inner_text().replace("\N{LEFT-TO-RIGHT MARK}", "").splitlines()
    return [re.sub(r"\s+", " ", line).strip() for line in lines if line.strip()]


def test_a_failure_takes_the_number_away_and_says_so(visitor: Visitor, lab: Lab) -> None:
    page = garden(visitor)
    lab.say(lambda served: served.read(None, quality=Quality.FAILED))
    expect(air(page).locator(".quality")).to_have_text("Le capteur ne répond pas")
    expect(air(page).locator(".number")).to_have_text("–")
    expect(air(page).locator(".quality use")).to_have_attribute("href", "/static/icons.svg#cross")


def test_a_value_that_nothing_replaces_grows_old_by_itself(visitor: Visitor, lab: Lab) -> None:
    lab.say(lambda served: served.read(21.5, age_s=170))
    page = visitor.arrive()
    page.clock.install()
    page.goto("/garden")
    expect(page.locator("#connection")).to_have_attribute("data-connection", "live")
    expect(air(page).locator(".number")).to_have_text("21,5")
    expect(air(page).locator(".since")).to_have_text("il y a 2 minutes")
    page.clock.run_for(20_000)
    expect(air(page).locator(".since")).to_have_text("il y a 3 minutes")
    expect(air(page).locator(".quality")).to_have_text("Pas de mesure récente")
    expect(air(page).locator(".number")).to_have_text("–")


def test_a_phone_with_a_wrong_clock_shows_the_right_age(visitor: Visitor, lab: Lab) -> None:
    page = visitor.arrive()
    page.clock.install(time="2031-01-01T00:00:00Z")
    page.goto("/garden")
    lab.say(lambda served: served.read(23.46))
    expect(air(page).locator(".number")).to_have_text("23,5")
    expect(air(page).locator(".since")).to_have_text("à l’instant")


def test_a_bed_that_goes_and_comes_back_is_announced_once(visitor: Visitor, lab: Lab) -> None:
    page = garden(visitor)
    bed, announcements = page.locator("[data-device=vegetable-patch]"), page.locator("#announcements")
    expect(announcements).to_be_empty()
    lab.say(lambda served: served.offline(reason="the plug is out"))
    expect(bed.locator("header .chip")).to_have_text("Ne répond pas")
    expect(bed.locator(".advice")).to_have_text("Prévenez l’équipe du fablab.")
    expect(bed.locator(".reason p")).to_have_text("the plug is out")
    expect(announcements).to_have_text("Potager : ne répond pas.")
    expect(air(page).locator(".quality")).to_have_text("Pas de mesure récente")
    lab.say(lambda served: served.online())
    expect(announcements).to_have_text("Potager : ça remarche.")
    expect(air(page).locator(".number")).to_have_text("21,5")
    expect(bed.locator(".advice")).to_be_hidden()


def test_values_are_not_announced(visitor: Visitor, lab: Lab) -> None:
    page = garden(visitor)
    lab.say(lambda served: served.read(23.46))
    expect(air(page).locator(".number")).to_have_text("23,5")
    expect(page.locator("#announcements")).to_be_empty()
    assert page.locator(".beds [aria-live], .beds [role=status]").count() == 0


def test_when_a_pi_goes_its_beds_go(visitor: Visitor, lab: Lab) -> None:
    lab.say(lambda served: served.bus.report(NodeStatus("garden", online=True)))
    lab.say(lambda served: served.online(local=False))
    page = garden(visitor)
    lab.say(lambda served: served.bus.report(NodeStatus("garden", online=False)))
    expect(page.locator("[data-device=vegetable-patch]")).to_have_attribute("data-presence", "offline")


def test_a_technician_reads_which_sensor_fails(visitor: Visitor, lab: Lab) -> None:
    page = garden(visitor)
    reason = page.locator("[data-device=vegetable-patch] .reason")
    reason.locator("summary").click()
    expect(reason.locator("p")).to_have_text("soil-moisture: check the probe's cable")
    lab.say(lambda served: served.bus.publish("vegetable-patch", State("problems", {}, now())))
    expect(reason).to_be_hidden()


def test_the_page_finds_a_server_that_was_away(visitor: Visitor, lab: Lab) -> None:
    visitor.expected = ("ERR_", "/api/events")
    page = garden(visitor)
    lab.close()
    expect(page.locator("#connection")).to_have_attribute("data-connection", "lost")
    expect(page.locator("#connection")).to_have_text("Connexion perdue. Les valeurs datent. Nouvel essai…")
    lab.say(lambda served: served.read(19.0))
    lab.open()
    expect(page.locator("#connection")).to_have_attribute("data-connection", "live")
    expect(air(page).locator(".number")).to_have_text("19")
    assert page.evaluate("window.here")


def test_a_silence_without_a_word_is_noticed(visitor: Visitor) -> None:
    """As when a phone leaves the house: the connection stays open and nothing comes."""
    page = visitor.arrive()
    page.clock.install()
    page.goto("/garden")
    expect(page.locator("#connection")).to_have_attribute("data-connection", "live")
    with page.expect_request("**/api/events?*"):
        page.clock.run_for(60_000)
    expect(page.locator("#connection")).to_have_attribute("data-connection", "live")


def test_sensors_are_broken_and_mended_from_the_simulated_page(visitor: Visitor, lab: Lab) -> None:
    for scripts in (True, False):
        page = visitor.arrive(java_script_enabled=scripts)
        page.goto("/simulated")
        form = page.get_by_role("form", name="Température de l’air")
        form.get_by_role("button", name="Débrancher").click()
        page.wait_for_url("**/simulated")
        assert "Débranché" in page.inner_text("main")
        assert lab.world.fault("vegetable-patch/air-temperature") == "unplug"
        form.get_by_role("button", name="Réparer").click()
        page.wait_for_load_state()
        expect(form.get_by_role("button", name="Débrancher")).to_be_visible()
        assert lab.world.fault("vegetable-patch/air-temperature") is None


def test_forms_are_accepted_at_the_labs_name_over_plain_http(visitor: Visitor, lab: Lab) -> None:
    """There a browser sends no `Sec-Fetch-Site`, and complains of headers that only make sense over TLS."""
    page = visitor.arrive(base_url=lab.url_by_name)
    page.goto("/simulated")
    page.get_by_role("form", name="Température de l’air").get_by_role("button", name="Bloquer").click()
    expect(page.locator("main")).to_contain_text("Bloqué")
    assert lab.world.fault("vegetable-patch/air-temperature") == "hang"
