"""What each device may remember."""

import stat
from pathlib import Path

import pytest

from devices.board.pi import PiBoard
from devices.errors import HardwareMissing
from tests.devices.board.bench import Bench


def test_a_device_has_a_folder_of_its_own_that_others_cannot_read(bench: Bench) -> None:
    folder = bench.board.folder("vegetable-patch")
    assert folder.parts[-2:] == ("devices", "vegetable-patch")
    for path in (folder, folder.parent):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_the_folder_and_what_it_holds_stay(bench: Bench) -> None:
    (bench.board.folder("rain-tank") / "count").write_text("7")
    assert (bench.board.folder("rain-tank") / "count").read_text() == "7"


def test_a_folder_that_cannot_be_made_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    with pytest.raises(HardwareMissing, match="cabinet cannot be made: Not a directory"):
        PiBoard(tmp_path / "state").folder("cabinet")
