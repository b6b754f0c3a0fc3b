"""Home Assistant's own schemas judge what it is told, in an environment of their own."""

import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

import hub.mqtt.discovery
from devices import CATALOGUE, DeviceType
from devices.device import Channel
from hub.config import read_lab
from hub.lab import Broker, DeviceEntry, Lab, Node, Web
from hub.mqtt.discovery import MAY_BE_CUMULATIVE, UNITS, discovery_messages

ROOT = Path(__file__).parents[3]
ENVIRONMENT = ROOT / ".cache" / "homeassistant" / f"python{sys.version_info.major}.{sys.version_info.minor}"
INSTALLED_WITHIN_S = 120
JUDGED_WITHIN_S = 60
NEEDED = """
import json
from importlib.metadata import requires
from importlib.util import find_spec
from pathlib import Path
cloud_and_bluetooth = ("hass-nabucasa", "home-assistant-bluetooth")
wanted = [one for one in requires("homeassistant") if not one.lower().startswith(cloud_and_bluetooth)]
manifest = Path(find_spec("homeassistant").origin).parent / "components" / "mqtt" / "manifest.json"
print("\\n".join([*wanted, *json.loads(manifest.read_text())["requirements"]]))
"""
"""What this release and its MQTT component need, without the large parts that no schema touches."""

pytestmark = [pytest.mark.homeassistant, pytest.mark.timeout(INSTALLED_WITHIN_S + JUDGED_WITHIN_S)]


def _install(python: Path) -> None:
    def run(*arguments: str) -> str:
        command = [str(python), *arguments]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALLED_WITHIN_S)
        return done.stdout

    pip = ("-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check")
    venv.create(ENVIRONMENT, clear=True, with_pip=True)
    run(*pip, "--no-deps", "homeassistant")
    run(*pip, *run("-c", NEEDED).splitlines())


@pytest.fixture(scope="session")
def homeassistant() -> Path:
    """The interpreter of an environment with the newest Home Assistant for this Python; made once, then cached."""
    python = ENVIRONMENT / "bin" / "python"
    complete = ENVIRONMENT / "complete"
    if not complete.exists():
        try:
            _install(python)
        except (OSError, subprocess.SubprocessError) as error:
            said = getattr(error, "stderr", None) or str(error)
            pytest.skip(f"Home Assistant cannot be installed here: {said.strip().splitlines()[-1]}")
        complete.touch()
    return python


def judged(python: Path, messages: list[tuple[str, Any]]) -> dict[str, list[str]]:
    script = Path(__file__).with_name("homeassistant_schemas.py")
    run = subprocess.run(
        [python, script],
        input=json.dumps(messages),
        capture_output=True,
        text=True,
        timeout=JUDGED_WITHIN_S,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    verdict: dict[str, list[str]] = json.loads(run.stdout)
    return verdict


def told_of(channels: list[Channel], monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    class Everything:
        states = ()

        @staticmethod
        def channels(_: object) -> list[Channel]:
            return channels

    monkeypatch.setattr(DeviceType, "load", lambda _: Everything)
    device = DeviceEntry("bed", next(iter(CATALOGUE)), "garden", None)
    lab = Lab("alco", Broker(), Web(), {"garden": Node()}, {"bed": device}, "")
    return [(topic, json.loads(payload)) for topic, payload in discovery_messages(lab, "garden")]


def test_the_lab_that_comes_with_the_project_is_understood(homeassistant: Path) -> None:
    lab = read_lab(ROOT / "config.yaml", node="elsewhere")
    messages = [(topic, json.loads(told)) for node in lab.nodes for topic, told in discovery_messages(lab, node)]
    assert len(messages) == len(lab.devices)
    assert judged(homeassistant, messages)["faults"] == []


def test_every_device_class_is_valid_with_each_of_its_units(
    homeassistant: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channels = [
        Channel(f"{quantity.replace('_', '-')}-{number}-{kind}", unit, 60.0, quantity, cumulative=kind == "counter")
        for quantity, units in UNITS.items()
        for number, unit in enumerate(sorted(units))
        for kind in ("counter", "measured")
    ]
    verdict = judged(homeassistant, told_of(channels, monkeypatch))
    assert verdict["faults"] == []
    assert len(verdict["judged"]) == len(channels)


def test_the_judge_finds_a_unit_that_does_not_fit(homeassistant: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(hub.mqtt.discovery.UNITS, "temperature", {"bananas"})
    verdict = judged(homeassistant, told_of([Channel("heat", "bananas", 60.0, "temperature")], monkeypatch))
    assert len(verdict["faults"]) == 1


def test_the_judge_finds_an_option_that_does_not_exist(homeassistant: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ((topic, payload),) = told_of([Channel("heat", "°C", 60.0, "temperature")], monkeypatch)
    payload["components"]["reading-heat"]["state_clas"] = "measurement"
    assert len(judged(homeassistant, [(topic, payload)])["faults"]) == 1


def test_counters_keep_their_device_class_where_home_assistant_knows_them(monkeypatch: pytest.MonkeyPatch) -> None:
    unit = {quantity: min(UNITS[quantity]) for quantity in MAY_BE_CUMULATIVE}
    channels = [Channel(q.replace("_", "-"), unit[q], 60.0, q, cumulative=True) for q in sorted(MAY_BE_CUMULATIVE)]
    ((_, payload),) = told_of(channels, monkeypatch)
    assert {one["device_class"] for one in payload["components"].values()} == MAY_BE_CUMULATIVE
