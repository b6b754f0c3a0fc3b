"""Home Assistant finds the lab's devices by itself: one retained message for each, with all that the device shows.

Source: home-assistant.io, "MQTT", device discovery (from release 2024.11); device classes and their units as in
`homeassistant.components.sensor.const`.
"""

import json
import math
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from devices import CATALOGUE
from devices.device import Channel, StateKind
from hub.lab import DeviceEntry, Lab
from hub.mqtt.topics import DeviceTopicKind, NodeTopicKind, Topics

EXPIRES_AFTER_PERIODS = 3
GRACE_S = 10
"""A reading may be this late before Home Assistant calls it unavailable."""

_PRESSURE = {"Pa", "hPa", "kPa", "bar", "mbar"}
_LENGTH = {"mm", "cm", "m", "km"}
UNITS: Mapping[str, set[str]] = {
    "apparent_power": {"VA"},
    "atmospheric_pressure": _PRESSURE,
    "battery": {"%"},
    "carbon_dioxide": {"ppm"},
    "carbon_monoxide": {"ppm"},
    "current": {"A", "mA"},
    "distance": _LENGTH,
    "duration": {"d", "h", "min", "s"},
    "energy": {"Wh", "kWh", "MWh"},
    "frequency": {"Hz", "kHz", "MHz", "GHz"},
    "humidity": {"%"},
    "illuminance": {"lx"},
    "irradiance": {"W/m²"},
    "moisture": {"%"},
    "pm1": {"µg/m³"},
    "pm10": {"µg/m³"},
    "pm25": {"µg/m³"},
    "power": {"W", "kW"},
    "precipitation": {"mm", "cm"},
    "precipitation_intensity": {"mm/h", "mm/d"},
    "pressure": _PRESSURE,
    "signal_strength": {"dB", "dBm"},
    "speed": {"m/s", "km/h", "mm/h", "mm/d"},
    "temperature": {"°C", "°F", "K"},
    "voltage": {"V", "mV"},
    "volume": {"L", "mL", "m³"},
    "volume_flow_rate": {"L/min", "m³/h"},
    "volume_storage": {"L", "mL", "m³"},
    "water": {"L", "m³"},
    "weight": {"g", "kg", "mg"},
    "wind_speed": {"m/s", "km/h"},
}
"""Which units Home Assistant takes with which device class; with another unit the class is left out."""
ONLY_CUMULATIVE = {"energy", "volume", "water"}
MAY_BE_CUMULATIVE = ONLY_CUMULATIVE | {"distance", "duration", "precipitation", "weight"}
DECIMALS: Mapping[str, int] = {"hPa": 0, "lx": 0, "mm": 1, "V": 2, "kPa": 1, "m³": 3, "L": 1, "%": 1, "°C": 1}
"""How many a person wants to read; where nothing is said, Home Assistant shows them all."""

VALUE = "{{ value_json.value }}"
"""Null becomes `None`, which Home Assistant shows as unknown."""
STATE = "{{ value_json.value | string | truncate(255, true, '…', 0) }}"
"""Home Assistant keeps no state that is longer."""
QUALITY = "{{ {'quality': value_json.quality, 'at': value_json.at} | to_json }}"


def discovery_messages(lab: Lab, node: str) -> Iterable[tuple[str, bytes]]:
    """Topic and payload for each device that stands at `node`; to be retained."""
    topics = Topics(lab.site)
    for name, entry in lab.devices_of(node).items():
        payload = json.dumps(_device(lab, entry, topics), ensure_ascii=False, separators=(",", ":"))
        yield topics.discovery(name), payload.encode()


def _device(lab: Lab, entry: DeviceEntry, topics: Topics) -> dict[str, Any]:
    device_type = CATALOGUE[entry.type].load()
    identity = f"{lab.site}-{entry.name}"
    components = {
        f"reading-{channel.name}": _reading(channel, entry.name, topics)
        for channel in device_type.channels(entry.options)
    } | {f"state-{state.name}": _state(state, entry.name, topics) for state in device_type.states}
    for name, component in components.items():
        component["unique_id"] = f"{identity}-{name}"
    return {
        "device": {
            "identifiers": [identity],
            "name": _title(entry.name),
            "manufacturer": "ALCOLAB",
            "model": entry.type,
        },
        "origin": {"name": "ALCOLAB", "sw_version": version("alcolab")},
        "availability": [
            {"topic": topics.node(entry.node, NodeTopicKind.AVAILABILITY)},
            {"topic": topics.device(entry.name, DeviceTopicKind.AVAILABILITY)},
        ],
        "availability_mode": "all",
        "qos": 1,
        "components": components,
    }


def _reading(channel: Channel, device: str, topics: Topics) -> dict[str, Any]:
    topic = topics.device(device, DeviceTopicKind.READING, channel.name)
    component = {
        "platform": "sensor",
        "name": _title(channel.name),
        "state_topic": topic,
        "value_template": VALUE,
        "state_class": "total_increasing" if channel.cumulative else "measurement",
        "expire_after": math.ceil(EXPIRES_AFTER_PERIODS * channel.period_s) + GRACE_S,
        "json_attributes_topic": topic,
        "json_attributes_template": QUALITY,
    }
    if channel.unit:
        component["unit_of_measurement"] = channel.unit
    if device_class := _device_class(channel):
        component["device_class"] = device_class
    if (decimals := DECIMALS.get(channel.unit)) is not None:
        component["suggested_display_precision"] = decimals
    return component


def _state(state: StateKind, device: str, topics: Topics) -> dict[str, Any]:
    return {
        "platform": "sensor",
        "name": _title(state.name),
        "state_topic": topics.device(device, DeviceTopicKind.STATE, state.name),
        "value_template": STATE,
    }


def _device_class(channel: Channel) -> str | None:
    quantity = channel.quantity
    if quantity is None or channel.unit not in UNITS.get(quantity, set()):
        return None
    fits = quantity in MAY_BE_CUMULATIVE if channel.cumulative else quantity not in ONLY_CUMULATIVE
    return quantity if fits else None


def _title(name: str) -> str:
    return name.replace("-", " ").capitalize()
