"""What things are called, and how they are drawn."""

import re
from pathlib import Path

import pytest

import hub.web
from devices.board.world import Fault
from devices.device import Quality
from hub.health import Verdict
from hub.supervisor import Condition
from hub.web import words
from hub.web.models import Presence
from hub.web.pages.sections import SECTIONS

WEB = Path(hub.web.__file__).parent
DRAWN = set(re.findall(r'<symbol id="([a-z]+)"', (WEB / "static" / "icons.svg").read_text()))


def french(message: str) -> str:
    return {"Soil moisture": "Humidité de la terre"}[message]


def test_a_usual_name_is_translated() -> None:
    assert words.called("soil-moisture", words.CHANNELS, french) == "Humidité de la terre"


def test_any_other_name_is_shown_as_the_technician_wrote_it() -> None:
    assert words.called("salad-corner-2", words.CHANNELS, french) == "Salad corner 2"


@pytest.mark.parametrize(
    ("name", "unit", "drawing"),
    [
        ("air-temperature", "°C", "thermometer"),
        ("soil-moisture", "%", "drop"),
        ("rain", "mm", "rain"),
        ("water", "°C", "thermometer"),
        ("tank-level", "mm", "level"),
        ("sap-flow", "g/h", "gauge"),
    ],
)
def test_a_name_or_else_its_unit_chooses_the_drawing(name: str, unit: str, drawing: str) -> None:
    assert words.pictogram(name, unit) == drawing


def test_every_drawing_that_is_named_is_drawn() -> None:
    in_templates = {
        name
        for page in (WEB / "templates").glob("*.html")
        for name in re.findall(r'icon\("([a-z]+)"\)', page.read_text())
    }
    named = {
        *words.PICTOGRAMS.values(),
        *words.UNIT_PICTOGRAMS.values(),
        *words.SIGNS.values(),
        *words.FAULTS,
        *(section.pictogram for section in SECTIONS),
    }
    assert named | in_templates <= DRAWN


def test_everything_that_can_be_so_has_a_word_and_a_sign() -> None:
    assert set(words.QUALITIES) == {*Quality, "waiting"}
    assert set(words.PRESENCES) == set(words.ADVICE) == set(Presence)
    assert set(words.CONDITIONS) == set(Condition)
    assert set(words.VERDICTS) == set(Verdict)
    assert set(words.FAULTS) == set(words.PLAYING) == set(Fault)
    assert {*words.QUALITIES, *words.PRESENCES, *words.CONDITIONS, *words.VERDICTS} <= set(words.SIGNS)
