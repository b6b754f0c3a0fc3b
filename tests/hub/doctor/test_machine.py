"""What the doctor sees on a machine whose files are laid out for it."""

from pathlib import Path

import pytest

from hub.doctor import machine
from hub.doctor.finding import Finding, Level
from hub.doctor.machine import THROTTLED


def written(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))


def found(root: Path) -> dict[str, Finding]:
    return {finding.name: finding for finding in machine.examined(root)}


def test_another_computer_is_fine_and_has_no_settings_of_a_pi(tmp_path: Path) -> None:
    findings = found(tmp_path)
    assert set(findings) == {"machine", "packages", "clock", "disk"}
    assert "not a Raspberry Pi" in findings["machine"].found
    assert findings["packages"].level is Level.GOOD


def test_a_pi_says_its_model(tmp_path: Path) -> None:
    written(tmp_path, "proc/device-tree/model", "Raspberry Pi Zero 2 W Rev 1.0\0")
    assert found(tmp_path)["machine"].found.startswith("Raspberry Pi Zero 2 W Rev 1.0,")


@pytest.mark.parametrize("path", ["boot/firmware/config.txt", "boot/config.txt"])
@pytest.mark.parametrize(
    ("settings", "level"),
    [
        ("dtparam=i2c_arm=on\ndtparam=strict_gpiod\n", Level.GOOD),
        ("dtparam=strict_gpiod # safe outputs\n", Level.GOOD),
        ("#dtparam=strict_gpiod\n", Level.WARNING),
        ("", Level.WARNING),
    ],
)
def test_outputs_that_would_stay_on_are_warned_of(tmp_path: Path, path: str, settings: str, level: Level) -> None:
    written(tmp_path, path, settings)
    finding = found(tmp_path)["outputs"]
    assert finding.level is level
    assert ("dtparam=strict_gpiod" in finding.advice) == (level is Level.WARNING)


@pytest.mark.parametrize(
    ("bits", "level"), [("0\n", Level.GOOD), ("50005\n", Level.WARNING), ("10000\n", Level.WARNING)]
)
def test_a_weak_power_supply_is_warned_of(tmp_path: Path, bits: str, level: Level) -> None:
    written(tmp_path, THROTTLED, bits)
    assert found(tmp_path)["power"].level is level


def test_a_package_of_another_version_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "requires", lambda _: ["typer>=99", "no-such-package", "lgpio; extra == 'pi'"])
    finding = found(tmp_path)["packages"]
    assert finding.level is Level.MISSING
    assert "typer" in finding.found
    assert "no-such-package is not installed" in finding.found
    assert "lgpio" not in finding.found


def test_a_disk_that_is_nearly_full_is_missing_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "DISK_NEEDED", 10**18)
    finding = found(tmp_path)["disk"]
    assert finding.level is Level.MISSING
    assert str(tmp_path / "state") in finding.found
