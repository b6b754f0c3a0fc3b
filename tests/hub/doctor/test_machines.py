"""What the doctor says of a machine's safety; on a real kernel, what its lines say."""

from dataclasses import replace
from pathlib import Path

import gpiod
import pytest
from gpiod.line import Bias, Direction, Drive

from devices.board.board import CONSUMER
from devices.board.chips import find_line
from devices.board.gpio_request import read_chips
from devices.machines.options import Kind, MachineOptions, RelayOptions
from hub.doctor import machines
from hub.doctor.finding import Finding, Level
from hub.doctor.machines import LineState, line_state
from tests.virtual_pi.gpio_sim import GpioSim

MILL = MachineOptions(kind=Kind.CNC_MILL, badges="mill-badges", relay=RelayOptions(line="GPIO17"))


def findings(root: Path, options: MachineOptions = MILL) -> dict[str, Finding]:
    return {finding.name.removeprefix("mill: "): finding for finding in machines.examined("mill", options, root)}


def keeper(root: Path) -> None:
    process = root / "proc/4711"
    process.mkdir(parents=True)
    command = ["python", "-I", "-S", "-c", "…", "7", "/opt/alcolab/devices/machines/keeper"]
    (process / "cmdline").write_bytes(b"".join(word.encode() + b"\0" for word in command))


def test_a_pi_that_keeps_dead_programs_outputs_on_is_not_good_enough_for_a_machine(tmp_path: Path) -> None:
    assert findings(tmp_path)["safety"].level is Level.GOOD
    settings = tmp_path / "boot/firmware/config.txt"
    settings.parent.mkdir(parents=True)
    settings.write_text("dtparam=audio=on\n#dtparam=strict_gpiod\n")
    assert findings(tmp_path)["safety"].level is Level.MISSING
    settings.write_text("dtparam=audio=on\ndtparam=strict_gpiod\n")
    assert findings(tmp_path)["safety"].level is Level.GOOD


@pytest.mark.parametrize(
    ("line", "active_low", "level"),
    [
        ("GPIO17", False, Level.GOOD),
        ("GPIO17", True, Level.WARNING),
        ("GPIO5", False, Level.WARNING),
        ("GPIO5", True, Level.GOOD),
        ("RELAY3", False, Level.GOOD),
    ],
)
def test_a_line_that_the_pi_itself_pulls_on_while_it_starts_is_a_bad_choice(
    tmp_path: Path, line: str, active_low: bool, level: Level
) -> None:
    relay = RelayOptions(line=line, active_low=active_low)
    finding = findings(tmp_path, replace(MILL, relay=relay))["resistor"]
    assert finding.level is level
    assert "10 kΩ" in finding.found


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> list[LineState]:
    """What the kernel will say of the relay's line."""
    said = [LineState(CONSUMER, drives=True)]
    monkeypatch.setattr(machines, "read_chips", lambda _: ())
    monkeypatch.setattr(machines, "find_line", lambda *_: None)
    monkeypatch.setattr(machines, "line_state", lambda _: said[0])
    return said


def test_a_keeper_that_holds_a_plain_output_is_good(tmp_path: Path, line: list[LineState]) -> None:
    assert "no keeper runs" in findings(tmp_path)["keeper"].found
    keeper(tmp_path)
    assert findings(tmp_path)["keeper"] == Finding("mill: keeper", Level.GOOD, "holds GPIO17, a plain output")
    for state, level, words in (
        (LineState(None, drives=False), Level.WARNING, "nobody holds"),
        (LineState("door-opener", drives=True), Level.MISSING, "held by door-opener"),
        (LineState(CONSUMER, drives=False), Level.MISSING, "no plain output"),
    ):
        line[0] = state
        finding = findings(tmp_path)["keeper"]
        assert finding.level is level
        assert words in finding.found


@pytest.mark.pi
def test_the_kernel_tells_a_plain_output_from_anything_else() -> None:
    output = gpiod.LineSettings(direction=Direction.OUTPUT)
    with GpioSim() as header:
        place = find_line("GPIO17", read_chips())
        assert line_state(place) == LineState(None, drives=False)
        for settings, drives in (
            (output, True),
            (gpiod.LineSettings(direction=Direction.OUTPUT, drive=Drive.OPEN_DRAIN), False),
            (gpiod.LineSettings(direction=Direction.INPUT, bias=Bias.PULL_UP), False),
        ):
            with gpiod.request_lines(str(header.path), {17: settings}, consumer=CONSUMER):
                assert line_state(place) == LineState(CONSUMER, drives=drives)
