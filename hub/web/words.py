"""What things are called. The English here is the source; the catalogues carry the other languages.

A technician names channels and devices in `config.yaml`. The usual names are translated; any other is shown as it
was written, which is why nobody has to touch this table to add a sensor.
"""

from collections.abc import Callable, Mapping

from devices.device import Quality
from hub.health import Verdict
from hub.supervisor import Condition
from hub.web.models import Presence

Gettext = Callable[[str], str]


def gettext_noop(message: str) -> str:
    """Marks a message for the catalogues; it is translated where it is shown."""
    return message


CHANNELS: Mapping[str, str] = {
    "air-temperature": gettext_noop("Air temperature"),
    "air-humidity": gettext_noop("Air humidity"),
    "air-pressure": gettext_noop("Air pressure"),
    "battery": gettext_noop("Battery"),
    "box": gettext_noop("Equipment box"),
    "co2": gettext_noop("Carbon dioxide"),
    "coin-slot": gettext_noop("Coin slot"),
    "flow": gettext_noop("Water flow"),
    "humidity": gettext_noop("Humidity"),
    "level": gettext_noop("Water level"),
    "light": gettext_noop("Light"),
    "pressure": gettext_noop("Pressure"),
    "rain": gettext_noop("Rain"),
    "soil": gettext_noop("Soil"),
    "soil-moisture": gettext_noop("Soil moisture"),
    "soil-temperature": gettext_noop("Soil temperature"),
    "tank-level": gettext_noop("Water level"),
    "temperature": gettext_noop("Temperature"),
    "voltage": gettext_noop("Voltage"),
    "water": gettext_noop("Water"),
    "water-level": gettext_noop("Water level"),
    "water-meter": gettext_noop("Water used"),
    "water-temperature": gettext_noop("Water temperature"),
    "wind-direction": gettext_noop("Wind direction"),
    "wind-speed": gettext_noop("Wind speed"),
}

PLACES: Mapping[str, str] = {
    "3d-printer": gettext_noop("3D printer"),
    "3d-scanner": gettext_noop("3D scanner"),
    "arcade": gettext_noop("Arcade cabinet"),
    "belts": gettext_noop("Belts"),
    "cabinet": gettext_noop("Arcade cabinet"),
    "cnc-mill": gettext_noop("CNC mill"),
    "compost": gettext_noop("Compost"),
    "flower-bed": gettext_noop("Flower bed"),
    "front-door": gettext_noop("Front door"),
    "grease": gettext_noop("Greasing"),
    "greenhouse": gettext_noop("Greenhouse"),
    "herb-garden": gettext_noop("Herb garden"),
    "nozzle": gettext_noop("Nozzle"),
    "orchard": gettext_noop("Orchard"),
    "rain-tank": gettext_noop("Rainwater tank"),
    "sewing-machine": gettext_noop("Sewing machine"),
    "sewing-room": gettext_noop("Sewing room"),
    "spindle": gettext_noop("Spindle"),
    "vegetable-patch": gettext_noop("Vegetable patch"),
    "vinyl-cutter": gettext_noop("Vinyl cutter"),
    "weather-station": gettext_noop("Weather station"),
    "workshop-door": gettext_noop("Workshop door"),
}

PICTOGRAMS: Mapping[str, str] = {
    "temperature": "thermometer",
    "moisture": "drop",
    "humidity": "drop",
    "level": "level",
    "rain": "rain",
    "wind": "wind",
    "light": "sun",
    "battery": "battery",
    "voltage": "battery",
    "soil": "leaf",
    "compost": "leaf",
    "greenhouse": "greenhouse",
    "tank": "tank",
    "weather": "rain",
    "arcade": "joystick",
    "cabinet": "joystick",
    "coin": "coin",
    "door": "door",
    "gate": "door",
    "printer": "printer",
    "mill": "mill",
    "cnc": "mill",
    "cutter": "cutter",
    "vinyl": "cutter",
    "scanner": "scanner",
    "sewing": "sewing",
    "start": "play",
    **{place: place for place in ("up", "down", "left", "right", "south", "east", "north", "west")},
}
"""A part of a name → its drawing in `static/icons.svg`."""

UNIT_PICTOGRAMS: Mapping[str, str] = {"°C": "thermometer", "%": "drop", "V": "battery", "lx": "sun"}

SIGNS: Mapping[str, str] = {
    **dict.fromkeys((Presence.ONLINE, Quality.OK, Verdict.PASS, Condition.RUNNING, Condition.ENDED), "check"),
    **dict.fromkeys((Presence.OFFLINE, Quality.FAILED, Verdict.FAIL, Condition.STUCK), "cross"),
    **dict.fromkeys((Presence.UNKNOWN, Condition.WAITING), "hourglass"),
    **dict.fromkeys((Quality.SUSPECT, Verdict.WARN), "warning"),
    Quality.STALE: "late",
}
"""What a state looks like: a drawing beside its words, for those who do not see its colour or read with difficulty."""

QUALITIES: Mapping[str, str] = {
    Quality.OK: gettext_noop("Reliable"),
    Quality.SUSPECT: gettext_noop("Surprising value: to be checked"),
    Quality.STALE: gettext_noop("No recent measurement"),
    Quality.FAILED: gettext_noop("The sensor does not answer"),
    "waiting": gettext_noop("No measurement yet"),
}

PRESENCES: Mapping[str, str] = {
    Presence.ONLINE: gettext_noop("Working"),
    Presence.OFFLINE: gettext_noop("Does not answer"),
    Presence.UNKNOWN: gettext_noop("No news yet"),
}

ADVICE: Mapping[str, str] = {
    Presence.ONLINE: "",
    Presence.OFFLINE: gettext_noop("Please tell the fablab team."),
    Presence.UNKNOWN: gettext_noop("Wait a minute. If nothing comes, tell the fablab team."),
}

CONDITIONS: Mapping[str, str] = {
    Condition.RUNNING: gettext_noop("Running"),
    Condition.WAITING: gettext_noop("Failed; trying again"),
    Condition.ENDED: gettext_noop("Finished"),
    Condition.STUCK: gettext_noop("Stuck: restart this Pi"),
}

VERDICTS: Mapping[str, str] = {
    Verdict.PASS: gettext_noop("All is well"),
    Verdict.WARN: gettext_noop("Something needs a look"),
    Verdict.FAIL: gettext_noop("A service does not run: tell the fablab team"),
}

FAULTS: Mapping[str, str] = {
    "unplug": gettext_noop("Unplug"),
    "hang": gettext_noop("Freeze"),
    "garbage": gettext_noop("Garble"),
    "drift": gettext_noop("Drift"),
}

PLAYING: Mapping[str, str] = {
    "unplug": gettext_noop("Unplugged"),
    "hang": gettext_noop("Frozen"),
    "garbage": gettext_noop("Garbled"),
    "drift": gettext_noop("Drifting"),
}


def called(name: str, table: Mapping[str, str], gettext: Gettext) -> str:
    """A configured name in the visitor's language, or as it was written: `salad-bed` → `Salad bed`."""
    known = table.get(name)
    return gettext(known) if known else name.replace("-", " ").capitalize()


def pictogram(name: str, unit: str = "", *, otherwise: str = "gauge") -> str:
    """The drawing that stands beside a name: the first part of it that has one, else the unit's."""
    parts = (PICTOGRAMS[part] for part in reversed(name.split("-")) if part in PICTOGRAMS)
    return next(parts, UNIT_PICTOGRAMS.get(unit, otherwise))
