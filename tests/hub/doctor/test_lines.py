"""What the doctor says of GPIO lines, on a real kernel."""

from pathlib import Path

import gpiod
import pytest

from hub.doctor import share
from hub.doctor.finding import Finding, Level
from tests.virtual_pi.gpio_sim import GpioSim

pytestmark = pytest.mark.pi

LAB = """\
site: alco
broker: {{host: 127.0.0.1, port: 1}}
nodes:
  garden: {{board: pi}}
devices:
  bed:
    type: garden
    node: garden
    sensors:
      rain: {{type: pulse, line: {line}, unit: mm}}
"""


def found(folder: Path, line: str) -> dict[str, Finding]:
    file = folder / "config.yaml"
    file.write_text(LAB.format(line=line))
    return {finding.name: finding for finding in share.examined(file, "garden", Path("/"))}


def test_the_header_is_named_wherever_the_kernel_put_it(tmp_path: Path) -> None:
    with GpioSim("gpio-brcmstb@107d508500", lines={}, size=32), GpioSim("pinctrl-rp1") as header:
        finding = found(tmp_path, "GPIO17")["GPIO"]
        assert finding == Finding("GPIO", Level.GOOD, f"GPIO17 is line 17 of pinctrl-rp1 ({header.path})")


def test_a_line_that_another_program_holds_is_said_with_the_program(tmp_path: Path) -> None:
    with GpioSim() as header, gpiod.request_lines(str(header.path), {17: None}, consumer="door-opener"):
        finding = found(tmp_path, "GPIO17")["GPIO17"]
    assert (finding.level, finding.found) == (Level.WARNING, "is held by door-opener")


def test_a_line_that_is_not_there_is_said_with_the_chips_that_are(tmp_path: Path) -> None:
    with GpioSim("mcp23017", lines={0: "VALVE1", 1: "VALVE2"}, size=16):
        finding = found(tmp_path, "GPIO17")["GPIO"]
    assert finding.level is Level.MISSING
    assert finding.found == "there is no line GPIO17; the chips are: mcp23017 (VALVE1 … VALVE2)"


def test_a_machine_without_chips_is_asked_whether_it_is_a_pi(tmp_path: Path) -> None:
    finding = found(tmp_path, "GPIO17")["GPIO"]
    assert finding.level is Level.MISSING
    assert "is it a Raspberry Pi?" in finding.found
