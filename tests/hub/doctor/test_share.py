"""What the doctor says of one Pi's share of the lab."""

import os
import pty
import socket
from pathlib import Path

import pytest

from devices.board.chips import Chip
from hub.doctor import share
from hub.doctor.finding import Finding, Level

LAB = """\
site: alco
broker: {{host: 127.0.0.1, port: {port}}}
nodes:
  hub: {{services: [broker]}}
  garden: {{board: pi, sysfs: sys}}
  play: {{board: simulated}}
devices:
  bed:
    type: garden
    node: garden
    sensors:
      air: {{type: iio, name: bme280, attribute: in_temp_input, unit: °C}}
      box: {{type: hwmon, name: lm75, attribute: temp1_input, unit: °C}}
      soil: {{type: w1, id: 28-000005e2fdc3}}
      rain: {{type: pulse, line: GPIO17, unit: mm}}
      tank: {{type: uart-distance, port: {serial}}}
"""


def found(folder: Path, node: str, *, port: int = 1, serial: str = "/dev/none") -> dict[str, Finding]:
    (folder / "sys").mkdir(exist_ok=True)
    file = folder / "config.yaml"
    file.write_text(LAB.format(port=port, serial=serial), encoding="utf-8")
    return {finding.name: finding for finding in share.examined(file, node, folder)}


def test_everything_that_a_bare_pi_lacks_is_said_with_what_to_do(tmp_path: Path) -> None:
    findings = found(tmp_path, "garden")
    missing = {name for name, finding in findings.items() if finding.level is Level.MISSING}
    assert missing == {"GPIO", "serial port", "iio sensors", "hwmon sensors", "w1 sensors"}
    assert all(findings[name].advice for name in missing)
    assert findings["broker"].level is Level.WARNING


def test_everything_that_is_there_is_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in ("bus/iio/devices/iio:device0", "class/hwmon/hwmon0", "bus/w1/devices/28-000005e2fdc3"):
        (tmp_path / "sys" / path).mkdir(parents=True)
    (tmp_path / "sys/bus/iio/devices/iio:device0/name").write_text("bme280\n")
    (tmp_path / "sys/class/hwmon/hwmon0/name").write_text("lm75\n")
    header = Chip("/dev/gpiochip4", "pinctrl-rp1", [f"GPIO{number}" for number in range(28)])
    monkeypatch.setattr(share, "read_chips", lambda _: [header])
    monkeypatch.setattr(share, "holder_of", lambda _: None)
    outside, inside = pty.openpty()
    with socket.create_server(("127.0.0.1", 0)) as broker:
        findings = found(tmp_path, "garden", port=broker.getsockname()[1], serial=os.ttyname(inside))
    os.close(outside)
    os.close(inside)
    assert {name for name, finding in findings.items() if finding.level is not Level.GOOD} == set()
    assert {"GPIO", "serial port", "iio sensors", "hwmon sensors", "w1 sensors", "broker"} <= set(findings)
    assert findings["GPIO"].found == "GPIO17 is line 17 of pinctrl-rp1 (/dev/gpiochip4)"


def test_a_simulated_node_needs_no_hardware(tmp_path: Path) -> None:
    assert set(found(tmp_path, "play")) == {"configuration", "broker"}


def test_the_hub_is_asked_for_mosquitto(tmp_path: Path) -> None:
    assert "mosquitto" in found(tmp_path, "hub")


def test_a_host_that_is_no_node_is_told_how_to_become_one(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "gardn").values()
    assert finding.level is Level.MISSING
    assert "did you mean garden?" in finding.found
    assert "--node" in finding.advice
