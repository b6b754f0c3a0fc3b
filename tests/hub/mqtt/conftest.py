"""What the tests of everything around MQTT share."""

import pytest

import devices
from tests.hub.mqtt.nodes import PROBE


@pytest.fixture(autouse=True)
def probe_in_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "CATALOGUE", {**devices.CATALOGUE, "probe": PROBE})
    for module in ("hub.lab", "hub.mqtt.subscriptions", "hub.mqtt.discovery"):
        monkeypatch.setattr(f"{module}.CATALOGUE", devices.CATALOGUE)
