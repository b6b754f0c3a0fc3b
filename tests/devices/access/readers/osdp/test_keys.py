"""The key of a reader, as a Pi keeps it."""

import stat
from pathlib import Path

import pytest

from devices.access.readers.osdp.keys import DEFAULT_KEY, NAME, BadReaderKey, ReaderKey, ReaderKeys
from devices.board.simulated import SimulatedBoard
from devices.board.world import World
from devices.errors import StorageFull


@pytest.fixture
def board(tmp_path: Path) -> SimulatedBoard:
    return SimulatedBoard(World(tmp_path / "world"), tmp_path / "state")


@pytest.fixture
def path(board: SimulatedBoard) -> Path:
    return board.folder("badges") / NAME


async def test_there_is_none_before_one_is_made(board: SimulatedBoard) -> None:
    assert await ReaderKeys(board, "badges").kept() is None


async def test_a_made_key_is_kept_for_this_user_alone(board: SimulatedBoard, path: Path) -> None:
    key = await ReaderKeys(board, "badges").made()
    assert await ReaderKeys(board, "badges").kept() == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_each_reader_has_a_key_of_its_own(board: SimulatedBoard) -> None:
    keys = {(await ReaderKeys(board, device).made()).key for device in ("here", "there", "elsewhere")}
    assert len(keys) == 3


async def test_whether_it_was_installed_is_kept_with_it(board: SimulatedBoard) -> None:
    keys = ReaderKeys(board, "badges")
    await keys.keep(ReaderKey(bytes(16), installed=True))
    assert await keys.kept() == ReaderKey(bytes(16), installed=True)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"00" * 15 + b"\n", b"zz" * 16 + b"\n", b"00" * 16, b"\xff" * 33, DEFAULT_KEY.hex().encode() + b"\n"],
)
async def test_a_damaged_key_is_said_and_never_replaced(board: SimulatedBoard, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(BadReaderKey, match="backup"):
        await ReaderKeys(board, "badges").kept()
    assert path.read_bytes() == content


async def test_a_key_that_cannot_be_read_is_said(board: SimulatedBoard, path: Path) -> None:
    path.mkdir()
    with pytest.raises(BadReaderKey, match="cannot be read"):
        await ReaderKeys(board, "badges").kept()


async def test_a_full_disk_is_said(board: SimulatedBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("devices.access.readers.osdp.keys.replace_file", full)
    with pytest.raises(StorageFull, match="space"):
        await ReaderKeys(board, "badges").made()


def test_a_key_does_not_show_when_it_is_printed() -> None:
    assert "a1" not in repr(ReaderKey(b"\xa1" * 16))
