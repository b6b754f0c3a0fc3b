import os
from dataclasses import replace
from pathlib import Path

import pytest

from devices.arcade.buttons import Button
from devices.arcade.options import CabinetOptions, RetroArchOptions, SoundOptions
from hub.doctor import arcade
from hub.doctor.finding import Finding, Level

CABINET = CabinetOptions(players=({Button.START: "GPIO4"},))


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which programs are looked for; empty."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def install(folder: Path, name: str, says: str = "") -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\necho {says}\n")
    program.chmod(0o755)


def findings(root: Path, cabinet: CabinetOptions = CABINET) -> dict[str, Finding]:
    return {finding.name: finding for finding in arcade.examined(cabinet, root)}


def test_gamepads_need_uinput_and_the_right_to_use_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "modprobe uinput" in findings(tmp_path)["gamepads"].advice
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/uinput").touch()
    assert findings(tmp_path)["gamepads"].level is Level.GOOD
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "udev rule" in findings(tmp_path)["gamepads"].advice


def test_sound_needs_amixer_where_it_is_configured(programs: Path, tmp_path: Path) -> None:
    assert "sound" not in findings(tmp_path)
    loud = replace(CABINET, sound=SoundOptions())
    assert findings(tmp_path, loud)["sound"].level is Level.MISSING
    install(programs, "amixer")
    assert findings(tmp_path, loud)["sound"].level is Level.GOOD


def test_retroarchs_port_should_be_kept_off_the_network(programs: Path, tmp_path: Path) -> None:
    emulated = replace(CABINET, retroarch=RetroArchOptions())
    assert findings(tmp_path, emulated)["RetroArch"].level is Level.WARNING  # no systemd
    install(programs, "systemctl", "inactive")
    assert findings(tmp_path, emulated)["RetroArch"].level is Level.WARNING
    install(programs, "systemctl", "active")
    assert findings(tmp_path, emulated)["RetroArch"].level is Level.GOOD
