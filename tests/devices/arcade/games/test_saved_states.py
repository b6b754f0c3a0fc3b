from pathlib import Path

import pytest

from devices.arcade.games.saved_states import SavedStates
from devices.board.blocking import BlockingCalls


async def test_the_latest_state_of_this_game_is_found_in_any_slot_and_folder(tmp_path: Path) -> None:
    states = SavedStates(str(tmp_path), "Loop [!]", BlockingCalls())
    assert await states.newest() is None
    (tmp_path / "gambatte").mkdir()
    (tmp_path / "gambatte" / "Loop [!].state3").write_bytes(b"12345")
    (tmp_path / "Loop.state").write_bytes(b"another game")
    found = await states.newest()
    assert found is not None
    assert found[1] == 5


@pytest.mark.parametrize("folder", ["", "states", "/nowhere/at/all", "/proc/1/root\0"])
async def test_a_folder_that_is_none_holds_none(folder: str) -> None:
    assert await SavedStates(folder, "Loop", BlockingCalls()).newest() is None


@pytest.mark.parametrize("game", ["/etc/passwd", "../..", "a\0b", "", "**", "x" * 5000])
async def test_a_name_that_is_no_name_of_a_file_has_none(tmp_path: Path, game: str) -> None:
    assert await SavedStates(str(tmp_path), game, BlockingCalls()).newest() is None
