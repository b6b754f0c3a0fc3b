"""What Home Assistant is told of each device."""

import json
from typing import Any, ClassVar

import pytest

import hub.mqtt.discovery
from devices import DeviceType
from devices.device import Channel, Device, Port, StateKind
from hub.lab import Broker, DeviceEntry, Lab, Node, Web
from hub.mqtt.discovery import discovery_messages


class Weather(Device[None]):
    """Channels of every kind, and a state."""

    options: ClassVar[type[Any]] = type(None)
    states: ClassVar[tuple[StateKind, ...]] = (StateKind("pump", "whether it runs"),)
    offered: ClassVar[tuple[Channel, ...]] = (
        Channel("air-temperature", "°C", 60.0, "temperature"),
        Channel("air-pressure", "kPa", 60.0, "atmospheric_pressure"),
        Channel("soil-moisture", "%", 600.0, "moisture"),
        Channel("soil-voltage", "V", 600.0, "moisture"),
        Channel("rain", "mm", 600.0, "precipitation", cumulative=True),
        Channel("water", "L", 600.0, "water", cumulative=True),
        Channel("tank", "L", 0.5, "water"),
        Channel("wind", "m/s", 1.0, "wind_speed", cumulative=True),
        Channel("bites", "", 1.0),
    )

    @classmethod
    def channels(cls, config: None) -> tuple[Channel, ...]:  # noqa: ARG003 - it has no options to look at
        return cls.offered

    async def run(self, port: Port) -> None:
        raise NotImplementedError


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab with one device of that type, at the node `garden`."""
    weather = DeviceType(about="", module=__name__, device="Weather", scene="")
    monkeypatch.setattr(DeviceType, "load", lambda _: Weather)
    monkeypatch.setattr(hub.mqtt.discovery, "CATALOGUE", {"weather": weather})
    device = DeviceEntry("mast", "weather", "garden", None)
    return Lab("alco", Broker(), Web(), {"hub": Node(), "garden": Node()}, {"mast": device}, "")


def payload(lab: Lab) -> dict[str, Any]:
    ((_, message),) = discovery_messages(lab, "garden")
    told: dict[str, Any] = json.loads(message)
    return told


def component(lab: Lab, name: str) -> dict[str, Any]:
    found: dict[str, Any] = payload(lab)["components"][name]
    return found


def test_the_owner_node_tells_of_its_devices_on_one_topic_each(lab: Lab) -> None:
    assert [topic for topic, _ in discovery_messages(lab, "garden")] == ["homeassistant/device/alco-mast/config"]
    assert list(discovery_messages(lab, "hub")) == []


def test_a_device_is_available_when_it_and_its_node_are(lab: Lab) -> None:
    told = payload(lab)
    assert told["availability_mode"] == "all"
    assert [one["topic"] for one in told["availability"]] == [
        "alcolab/alco/node/garden/availability",
        "alcolab/alco/mast/availability",
    ]


def test_each_reading_and_each_state_is_a_component_with_an_identity_of_its_own(lab: Lab) -> None:
    components = payload(lab)["components"]
    assert set(components) == {f"reading-{channel.name}" for channel in Weather.offered} | {"state-pump"}
    identities = {one["unique_id"] for one in components.values()}
    assert len(identities) == len(components)
    assert "alco-mast-reading-air-temperature" in identities


def test_a_reading_is_read_from_its_topic_and_expires(lab: Lab) -> None:
    told = component(lab, "reading-air-temperature")
    assert told["state_topic"] == told["json_attributes_topic"] == "alcolab/alco/mast/reading/air-temperature"
    assert told["unit_of_measurement"] == "°C"
    assert told["device_class"] == "temperature"
    assert told["state_class"] == "measurement"
    assert told["suggested_display_precision"] == 1
    assert told["expire_after"] >= 180


def test_an_expiry_is_a_whole_number_of_seconds(lab: Lab) -> None:
    assert component(lab, "reading-tank")["expire_after"] == 12


@pytest.mark.parametrize("channel", ["soil-voltage", "tank", "wind", "bites"])
def test_a_device_class_that_does_not_fit_is_left_out(lab: Lab, channel: str) -> None:
    assert "device_class" not in component(lab, f"reading-{channel}")


@pytest.mark.parametrize("channel", ["rain", "water"])
def test_a_counter_only_grows(lab: Lab, channel: str) -> None:
    assert component(lab, f"reading-{channel}")["state_class"] == "total_increasing"


def test_without_a_unit_none_is_told(lab: Lab) -> None:
    assert "unit_of_measurement" not in component(lab, "reading-bites")


def test_its_identity_does_not_change_when_it_moves_to_another_pi(lab: Lab) -> None:
    moved = Lab("alco", Broker(), Web(), lab.nodes, {"mast": DeviceEntry("mast", "weather", "hub", None)}, "")
    ((topic, message),) = discovery_messages(moved, "hub")
    told = json.loads(message)
    assert topic == "homeassistant/device/alco-mast/config"
    assert told["device"] == payload(lab)["device"]
    assert {one["unique_id"] for one in told["components"].values()} == {
        one["unique_id"] for one in payload(lab)["components"].values()
    }
