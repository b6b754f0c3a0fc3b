"""The API, and its page."""

from datetime import datetime

import pytest

from devices.device import Event, State
from tests.hub.web.served import Served, browsing, now


async def test_a_device_shows_where_it_is_how_it_is_and_what_it_measures() -> None:
    async with browsing() as (lab, client):
        lab.online()
        lab.read(21.5)
        lab.bus.publish("vegetable-patch", State("problems", {"soil-moisture": "no such sensor"}, now()))
        device = (await client.get("/api/devices/vegetable-patch")).json()
    reading = device["readings"]["air-temperature"]
    assert (device["type"], device["node"], device["online"], device["reason"]) == ("garden", "garden", True, None)
    assert (reading["value"], reading["unit"], reading["quality"], reading["clock"]) == (21.5, "°C", "ok", "trusted")
    assert datetime.fromisoformat(reading["at"]).tzinfo is not None
    assert reading["at"].endswith("Z")
    assert device["states"]["problems"]["value"] == {"soil-moisture": "no such sensor"}


async def test_all_devices_come_in_the_order_of_the_configuration() -> None:
    async with browsing() as (_, client):
        devices = (await client.get("/api/devices")).json()
    assert [device["name"] for device in devices] == ["vegetable-patch", "rain-tank"]
    assert [device["online"] for device in devices] == [None, None]


@pytest.mark.parametrize(
    ("asked", "hint"), [("vegetable-pach", "did you mean 'vegetable-patch'?"), ("x", "the lab has: vegetable-patch")]
)
async def test_an_unknown_device_is_a_problem_with_a_suggestion(asked: str, hint: str) -> None:
    async with browsing() as (_, client):
        answer = await client.get(f"/api/devices/{asked}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert hint in answer.json()["detail"]
    assert (answer.json()["status"], answer.json()["title"]) == (404, "Not Found")


async def test_an_unknown_address_below_the_api_is_a_problem_too() -> None:
    async with browsing() as (_, client):
        answer = await client.get("/api/nothing", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_the_schema_describes_every_answer() -> None:
    async with browsing() as (_, client):
        moved = await client.get("/openapi.json")
        schema = (await client.get(moved.headers["location"])).json()
    assert moved.status_code == 308
    assert set(schema["paths"]) == {"/api/devices", "/api/devices/{device}", "/api/events", "/health"}
    assert {"Device", "Reading", "State"} <= set(schema["components"]["schemas"])
    assert "HTTPValidationError" not in str(schema["paths"])


async def test_the_page_of_the_api_names_every_request() -> None:
    async with browsing() as (_, client):
        page = (await client.get("/api")).text
        schema = (await client.get("/api/openapi.json")).json()
    assert all(f"<code>{path}</code>" in page for path in schema["paths"])
    assert "<code>reading</code>" in page


async def test_metrics_are_those_of_the_pi_and_of_the_lab() -> None:
    lab = Served()
    async with browsing(lab) as (_, client):
        lab.online()
        lab.read(21.5)
        lab.read(47.0, "soil-moisture", unit="%", age_s=10_000)
        answer = await client.get("/metrics")
    lines = answer.text.splitlines()
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'alcolab_info{node="hub",version="0.1.0"} 1.0' in lines
    assert "alcolab_broker_connected 1.0" in lines
    assert 'alcolab_task_running{kind="service",name="web"} 1.0' in lines
    assert 'alcolab_device_online{device="vegetable-patch",node="garden"} 1.0' in lines
    assert 'alcolab_device_online{device="rain-tank",node="garden"} 0.0' in lines
    assert 'alcolab_reading{device="vegetable-patch",channel="air-temperature",unit="°C"} 21.5' in lines
    assert not any("alcolab_reading{" in line and "soil-moisture" in line for line in lines)


async def test_an_event_of_a_device_changes_nothing_of_what_the_api_shows() -> None:
    async with browsing() as (lab, client):
        before = (await client.get("/api/devices")).json()
        lab.bus.publish("vegetable-patch", Event("watered", {}, now()))
        assert (await client.get("/api/devices")).json() == before
