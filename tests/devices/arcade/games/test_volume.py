from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.arcade.games import volume as module
from devices.arcade.games.volume import Volume, parse_volume
from devices.errors import HardwareMissing, NoReply

SGET = """Simple mixer control 'Master',0
  Capabilities: pvolume pswitch
  Playback channels: Front Left - Front Right
  Limits: Playback 0 - 65536
  Mono:
  Front Left: Playback 45875 [{left}%] [{on}]
  Front Right: Playback 45875 [{right}%] [{on}]
"""


@pytest.fixture
def amixer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sound card of its own: a program named amixer that keeps the volume in the file `volume`."""
    program = tmp_path / "amixer"
    program.write_text(
        f"""#!/bin/sh
test -e {tmp_path}/hangs && exec sleep 60
test "$3" = Master || {{ echo "amixer: Unable to find simple control '$3',0" >&2; exit 1; }}
test "$2" = sset && echo "${{4%\\%}}" >{tmp_path}/volume && test "$5" = mute && touch {tmp_path}/mute
read -r percent <{tmp_path}/volume
echo "  Mono: Playback 1 [$percent%] [-3.00dB] [on]"
"""
    )
    program.chmod(0o755)
    (tmp_path / "volume").write_text("90\n")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return tmp_path


@pytest.mark.usefixtures("amixer")
async def test_it_is_lowered_to_the_ceiling_and_never_raised() -> None:
    volume = Volume("Master")
    await volume.limit(70)
    assert await volume.percent() == 70
    await volume.limit(80)
    assert await volume.percent() == 70


async def test_silence_is_muted(amixer: Path) -> None:
    await Volume("Master").set(0)
    assert (amixer / "mute").exists()


@pytest.mark.usefixtures("amixer")
async def test_a_control_that_is_not_there_is_named() -> None:
    with pytest.raises(HardwareMissing, match="Unable to find simple control 'Trumpet'"):
        await Volume("Trumpet").percent()


async def test_a_sound_card_that_hangs_is_given_up(amixer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_WITHIN_S", 0.2)
    (amixer / "hangs").touch()
    with pytest.raises(NoReply, match="sound card"):
        await Volume("Master").percent()


async def test_without_amixer_the_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HardwareMissing, match="apt install alsa-utils"):
        await Volume("Master").percent()


async def test_an_amixer_that_may_not_be_run_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "amixer").write_text("")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HardwareMissing, match="cannot be run"):
        await Volume("Master").percent()


@pytest.mark.parametrize(
    ("left", "right", "on", "percent"), [(70, 60, "on", 70), (100, 100, "off", 0), (0, 3, "on", 3)]
)
def test_the_loudest_channel_counts(left: int, right: int, on: str, percent: int) -> None:
    assert parse_volume(SGET.format(left=left, right=right, on=on)) == percent


@given(st.text())
def test_no_answer_breaks_it(said: str) -> None:
    with suppress(HardwareMissing):
        parse_volume(said)
