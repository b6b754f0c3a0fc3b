"""What can be believed of a device now."""

from datetime import UTC, datetime

import pytest

from devices.board.clock import Moment
from devices.device import Event, Quality, State
from hub.bus import Entry, NodeStatus
from hub.web.models import AvailabilityEvent, Device, EventEvent, Presence, Reading, ReadingEvent, StateEvent
from hub.web.view import LabView
from tests.hub.web.served import Served, now

IN_1970 = Moment(datetime(1970, 1, 1, tzinfo=UTC), trusted=False)


def seen(served: Served, device: str = "vegetable-patch") -> Device:
    return LabView(served.bus, served.lab).device(device)


def air(served: Served) -> Reading:
    return seen(served).readings["air-temperature"]


async def test_a_device_that_nothing_was_heard_of_is_neither_online_nor_offline() -> None:
    assert seen(Served()).presence is Presence.UNKNOWN


async def test_a_device_of_this_pi_needs_no_news_of_its_node() -> None:
    lab = Served()
    lab.online()
    assert seen(lab).online is True


async def test_a_distant_device_is_online_when_it_and_its_node_are() -> None:
    lab = Served()
    lab.online(local=False)
    assert seen(lab).online is None
    lab.bus.report(NodeStatus("garden", online=True))
    assert seen(lab).online is True
    lab.bus.report(NodeStatus("garden", online=False))
    assert seen(lab).online is False
    assert "garden" in (seen(lab).reason or "")


async def test_an_offline_device_says_why() -> None:
    lab = Served()
    lab.offline(reason="check the plug")
    assert (seen(lab).online, seen(lab).reason) == (False, "check the plug")


async def test_a_fresh_reading_has_its_value() -> None:
    lab = Served()
    lab.read(21.5, age_s=179)
    assert (air(lab).value, air(lab).quality) == (21.5, Quality.OK)


async def test_after_three_periods_a_reading_is_stale_and_shows_no_number() -> None:
    lab = Served()
    lab.read(21.5, age_s=181)
    assert (air(lab).value, air(lab).quality) == (None, Quality.STALE)


async def test_a_reading_from_mqtt_brings_no_period_and_takes_the_configured_one() -> None:
    lab = Served()
    lab.read(47.0, "soil-moisture", unit="%", age_s=1700, period_s=None)
    lab.read(21.5, age_s=181, period_s=None)
    readings = seen(lab).readings
    assert (readings["soil-moisture"].value, readings["soil-moisture"].period_s) == (47.0, 600.0)
    assert readings["air-temperature"].value is None


async def test_the_readings_of_an_offline_device_are_stale() -> None:
    lab = Served()
    lab.read(21.5)
    lab.offline()
    assert (air(lab).value, air(lab).quality) == (None, Quality.STALE)


@pytest.mark.parametrize("quality", [Quality.FAILED, Quality.STALE])
async def test_a_failure_is_never_a_number(quality: Quality) -> None:
    lab = Served()
    lab.read(0.0, quality=quality)
    assert (air(lab).value, air(lab).quality) == (None, quality)


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
async def test_what_is_no_number_is_a_failure(value: float | None) -> None:
    lab = Served()
    lab.read(value)
    assert (air(lab).value, air(lab).quality) == (None, Quality.FAILED)


async def test_a_surprising_value_is_shown_as_such() -> None:
    lab = Served()
    lab.read(80.0, quality=Quality.SUSPECT)
    assert (air(lab).value, air(lab).quality) == (80.0, Quality.SUSPECT)


async def test_the_age_of_a_reading_with_an_untrusted_clock_is_not_judged() -> None:
    lab = Served()
    lab.read(21.5, at=IN_1970)
    assert (air(lab).value, air(lab).clock) == (21.5, "untrusted")


async def test_each_message_becomes_an_event_for_browsers() -> None:
    lab = Served()
    view = LabView(lab.bus, lab.lab)
    lab.offline(reason="check the plug")
    lab.read(21.5)
    latest = lab.bus.latest
    told = [
        view.event(latest.availability["vegetable-patch"]),
        view.event(latest.readings["vegetable-patch", "air-temperature"]),
        view.event(Entry("vegetable-patch", State("problems", {"a": ("b",)}, now()))),
        view.event(Entry("vegetable-patch", Event("rained", {"mm": (1, 2)}, now()))),
    ]
    assert [type(event) for event in told] == [AvailabilityEvent, ReadingEvent, StateEvent, EventEvent]
    assert all(event is not None and event.device == "vegetable-patch" and event.model_dump_json() for event in told)


async def test_a_device_that_left_the_configuration_is_not_told() -> None:
    lab = Served()
    assert LabView(lab.bus, lab.lab).event(Entry("gone", State("x", 1, now()))) is None
