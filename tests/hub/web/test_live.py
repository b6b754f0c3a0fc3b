"""What happens in the lab reaches every browser, and no browser can hold the lab up."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from devices.device import Event, Quality, State
from hub.bus import NodeStatus
from hub.web import live
from tests.hub.web.served import Served, browsing, now

ALL = "/api/events"


@dataclass(slots=True)
class Heard:
    """One event as a browser gets it."""

    type: str
    data: dict[str, Any]
    id: str | None
    retry: str | None


async def heard(response: httpx.Response) -> AsyncIterator[Heard]:
    """The events of a stream, read as the HTML standard says."""
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        elif "data" in fields:
            yield Heard(fields["event"], json.loads(fields["data"]), fields.get("id"), fields.get("retry"))
            fields = {}


async def take(events: AsyncIterator[Heard], count: int) -> list[Heard]:
    return [await anext(events) for _ in range(count)]


async def test_a_browser_first_hears_the_time_then_all_that_is_known_then_what_happens() -> None:
    async with browsing() as (lab, client):
        lab.online()
        lab.read(21.5)
        lab.bus.publish("vegetable-patch", State("problems", {}, now()))
        async with client.stream("GET", ALL) as response:
            events = heard(response)
            known = await take(events, 4)
            lab.read(22.5)
            happened = await anext(events)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert [event.type for event in known] == ["clock", "availability", "reading", "state"]
    assert known[0].retry == "3000"
    assert known[1].data == {"device": "vegetable-patch", "online": True, "reason": None}
    assert (happened.type, happened.data["value"], happened.data["channel"]) == ("reading", 22.5, "air-temperature")


async def test_readings_and_events_carry_the_number_of_their_log() -> None:
    async with browsing() as (lab, client), client.stream("GET", ALL) as response:
        events = heard(response)
        await anext(events)
        lab.bus.publish("vegetable-patch", Event("watered", {"litres": 3}, now()))
        event = await anext(events)
    assert (event.type, event.id, event.data["data"]) == ("event", "unkept/1", {"litres": 3})


async def test_a_browser_may_listen_to_some_devices_only() -> None:
    async with browsing() as (lab, client), client.stream("GET", ALL, params={"device": "rain-tank"}) as response:
        events = heard(response)
        await anext(events)
        lab.read(21.5)
        lab.read(812.0, "level", "rain-tank", unit="mm")
        assert (await anext(events)).data["device"] == "rain-tank"


async def test_a_device_that_the_lab_does_not_have_is_not_found() -> None:
    async with browsing() as (_, client):
        answer = await client.get(ALL, params={"device": "rain-tnak"})
    assert answer.status_code == 404
    assert "'rain-tank'" in answer.json()["detail"]


async def test_when_a_node_goes_its_devices_go_and_their_values_are_no_longer_fresh() -> None:
    async with browsing() as (lab, client):
        lab.bus.report(NodeStatus("garden", online=True))
        lab.online(local=False)
        lab.read(21.5)
        async with client.stream("GET", ALL) as response:
            events = heard(response)
            await take(events, 3)
            lab.bus.report(NodeStatus("garden", online=False))
            gone = await take(events, 2)
            lab.bus.report(NodeStatus("garden", online=True))
            back = await take(events, 2)
    assert [(event.type, event.data.get("online"), event.data.get("value")) for event in gone] == [
        ("availability", False, None),
        ("reading", None, None),
    ]
    assert gone[1].data["quality"] == Quality.STALE
    assert [event.data.get("value") for event in back] == [None, 21.5]


async def test_a_browser_too_many_is_refused_and_told_when_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "CLIENTS_AT_MOST", 1)
    async with browsing() as (_, client):
        async with client.stream("GET", ALL) as first:
            await anext(heard(first))
            refused = await client.get(ALL)
        while "alcolab_web_clients 0.0" not in (await client.get("/metrics")).text:
            pass
        async with client.stream("GET", ALL) as second:
            assert second.status_code == 200
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")


async def test_silence_is_broken_by_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "CLOCK_EVERY_S", 0.05)
    async with browsing() as (_, client), client.stream("GET", ALL) as response:
        assert [event.type for event in await take(heard(response), 3)] == ["clock"] * 3


async def test_a_browser_that_was_too_slow_is_told_everything_anew() -> None:
    lab = Served()
    view_of = lab.web()
    with view_of._live.listener() as subscription:
        stream = view_of._live.stream(subscription, frozenset(lab.lab.devices))
        assert (await anext(stream)).event == "clock"
        lab.online()
        for number in range(live.WAITING_AT_MOST + 10):
            lab.bus.publish("vegetable-patch", Event("watered", {"number": number}, now()))
        assert (await anext(stream)).event == "availability"
    assert subscription.dropped > 0


async def test_a_thousand_readings_of_a_channel_do_not_pile_up_for_a_slow_browser() -> None:
    lab = Served()
    web = lab.web()
    with web._live.listener() as subscription:
        for number in range(1000):
            lab.read(float(number))
        assert (subscription.coalesced, subscription.dropped) == (999, 0)
