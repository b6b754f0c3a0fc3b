"""What things are called, and how they are drawn."""

import re
from pathlib import Path

import pytest

import hub.web
from devices.arcade.buttons import Button, Seen, Socd
from devices.arcade.cabinet import Cabinet
from devices.arcade.options import Pay
from devices.arcade.turns.effects import Message
from devices.arcade.turns.situation import Phase
from devices.arcade.turns.tickets import Ticket
from devices.board.world import Fault
from devices.device import Quality
from hub.health import Verdict
from hub.supervisor import Condition
from hub.web import arcade_words, words
from hub.web.models import Presence
from hub.web.pages.arcade.technician import FORMS
from hub.web.pages.sections import SECTIONS

WEB = Path(hub.web.__file__).parent


def symbols(file: str) -> set[str]:
    return set(re.findall(r'<symbol id="([a-z0-9-]+)"', (WEB / "static" / file).read_text()))


DRAWN = symbols("icons.svg")


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
        *arcade_words.PHASE_SIGNS.values(),
        *arcade_words.PAY_SIGNS.values(),
        *arcade_words.MESSAGE_SIGNS.values(),
        *arcade_words.BUTTON_SIGNS.values(),
    }
    assert named | in_templates <= DRAWN


def test_everything_that_can_be_so_has_a_word_and_a_sign() -> None:
    assert set(words.QUALITIES) == {*Quality, "waiting"}
    assert set(words.PRESENCES) == set(words.ADVICE) == set(Presence)
    assert set(words.CONDITIONS) == set(Condition)
    assert set(words.VERDICTS) == set(Verdict)
    assert set(words.FAULTS) == set(words.PLAYING) == set(Fault)
    assert {*words.QUALITIES, *words.PRESENCES, *words.CONDITIONS, *words.VERDICTS} <= set(words.SIGNS)


def test_everything_that_a_cabinet_says_has_its_word_and_its_drawing() -> None:
    assert set(arcade_words.ANIMALS) == set(Ticket)
    assert {*Ticket, "joystick", "paw"} == symbols("animals.svg")
    assert set(arcade_words.PHASES) == set(arcade_words.PHASE_SIGNS) == set(Phase)
    assert set(arcade_words.PAYS) == set(arcade_words.PAY_SIGNS) == set(Pay)
    assert {*Message, "saved", "next", "slot-stuck", "broken"} == set(arcade_words.MESSAGES)
    assert set(arcade_words.MESSAGES) == set(arcade_words.MESSAGE_SIGNS)
    assert set(arcade_words.BUTTONS) == set(Button)
    assert set(arcade_words.SOCDS) == set(Socd)
    assert set(arcade_words.SEEN) == set(Seen)


def test_every_form_of_the_technicians_is_an_action_of_the_cabinet() -> None:
    actions = {action.name: action.arguments for action in Cabinet.actions}
    assert {name: arguments for name, arguments in actions.items() if name not in {"join", "leave", "watch"}} == FORMS


@pytest.mark.parametrize(
    ("name", "called"),
    [("1-south", "Player 1 – Bottom button"), ("2-start", "Player 2 – Start button"), ("coin-slot", None), ("1", None)],
)
def test_a_switch_of_a_cabinet_is_called_by_its_player_and_place(name: str, called: str | None) -> None:
    assert arcade_words.switch(name, str) == called
