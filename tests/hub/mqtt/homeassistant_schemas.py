"""Runs in Home Assistant's own environment: reads discovery payloads (a JSON list of [topic, payload]), prints faults.

The device payload is taken apart into single components as Home Assistant does it (abbreviations, shared options), so
that releases which know no device payload can judge them; one that does judges the whole as well.
"""

import copy
import json
import sys
from typing import Any

from homeassistant.components import mqtt  # type: ignore[import-not-found]  # installed in that environment only
from homeassistant.components.mqtt import abbreviations, sensor  # type: ignore[import-not-found]  # the same
from homeassistant.components.sensor.const import (  # type: ignore[import-not-found]  # the same
    DEVICE_CLASS_STATE_CLASSES,
    DEVICE_CLASS_UNITS,
)
from homeassistant.helpers.template import TemplateEnvironment  # type: ignore[import-not-found]  # the same

SCHEMAS = {"sensor": sensor.DISCOVERY_SCHEMA}
SHARED = ("availability", "availability_mode", "availability_template", "encoding", "qos", "state_topic")
READINGS: dict[str, dict[str, Any]] = {
    "21.5": {"value": 21.5, "unit": "°C", "quality": "ok", "at": "2026-03-01T08:15:30.250Z", "log": "x", "seq": 1},
    "None": {"value": None, "unit": "°C", "quality": "failed", "at": "2026-03-01T08:15:30.250Z", "log": "x", "seq": 2},
}


def expanded(payload: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in payload.items()}


def components(payload: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Component → its platform and the payload that it would have on a topic of its own."""
    names = {**abbreviations.ABBREVIATIONS, "cmps": "components", "p": "platform", "dev": "device", "o": "origin"}
    whole = expanded(payload, names)
    device = expanded(whole["device"], abbreviations.DEVICE_ABBREVIATIONS)
    origin = expanded(whole["origin"], abbreviations.ORIGIN_ABBREVIATIONS)
    shared = {key: whole[key] for key in SHARED if key in whole}
    if unknown := set(whole) - {"device", "origin", "components", *SHARED}:
        raise ValueError(f"Home Assistant does not share {sorted(unknown)} among components")
    found = {}
    for name, component in whole["components"].items():
        own = expanded(component, names)
        platform = own.pop("platform")
        found[name] = platform, {**copy.deepcopy(shared), "device": device, "origin": origin, **own}
    return found


def faults_of(platform: str, component: dict[str, Any]) -> list[str]:
    validated = SCHEMAS[platform](copy.deepcopy(component))
    faults = [f"it knows no option {option!r}" for option in component if option not in validated]
    device_class = validated.get("device_class")
    if device_class is not None:
        if component.get("unit_of_measurement") not in {str(unit) for unit in DEVICE_CLASS_UNITS[device_class]}:
            faults.append(f"{device_class} is not measured in {component.get('unit_of_measurement')!r}")
        if validated.get("state_class") not in DEVICE_CLASS_STATE_CLASSES[device_class]:
            faults.append(f"{device_class} has no state class {validated.get('state_class')!r}")
    for rendered, value in READINGS.items():
        template = TemplateEnvironment(None).from_string(component["value_template"])
        if (got := template.render(value_json=value)) != rendered:
            faults.append(f"{component['value_template']} gives {got!r} for {value['value']!r}")
        if "json_attributes_template" in component:
            attributes = TemplateEnvironment(None).from_string(component["json_attributes_template"])
            json.loads(attributes.render(value_json=value))
    return faults


def main() -> None:
    faults, judged = [], []
    for topic, payload in json.load(sys.stdin):
        if whole := getattr(getattr(mqtt, "schemas", None), "MQTT_DEVICE_DISCOVERY_SCHEMA", None):
            whole(copy.deepcopy(payload))
        for name, (platform, component) in components(payload).items():
            judged.append(component["unique_id"])
            try:
                faults += [f"{topic} {name}: {fault}" for fault in faults_of(platform, component)]
            except Exception as error:  # noqa: BLE001 - whatever its schemas raise is the answer
                faults.append(f"{topic} {name}: {type(error).__name__}: {error}")
    json.dump({"judged": judged, "faults": faults}, sys.stdout)


main()
