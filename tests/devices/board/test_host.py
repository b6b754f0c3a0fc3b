"""What each device may remember."""

import stat

from tests.devices.board.bench import Bench


def test_a_device_has_a_folder_of_its_own_that_others_cannot_read(bench: Bench) -> None:
    folder = bench.board.folder("vegetable-patch")
    assert folder.parts[-2:] == ("devices", "vegetable-patch")
    for path in (folder, folder.parent):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_the_folder_and_what_it_holds_stay(bench: Bench) -> None:
    (bench.board.folder("rain-tank") / "count").write_text("7")
    assert (bench.board.folder("rain-tank") / "count").read_text() == "7"
