"""The site's key: given in a file, or made once."""

import asyncio
import hashlib
import hmac
import logging
import stat
from pathlib import Path

import pytest

from devices.access.card import Card
from devices.access.site_key import BadKey, SiteKey, site_key
from devices.board.simulated import SimulatedBoard
from devices.board.world import World
from devices.errors import StorageFull
from devices.secret import SecretMissing

CARD = Card.numbered(0x62E3086CED)


@pytest.fixture
def board(tmp_path: Path) -> SimulatedBoard:
    return SimulatedBoard(World(tmp_path / "world"), tmp_path / "state")


def the_key(folder: Path) -> Path:
    (file,) = (folder / "state").rglob("key")
    return file


def test_a_credential_is_the_keyed_hash_of_the_ten_digits() -> None:
    """Docs promise this to whoever enrols cards elsewhere."""
    expected = hmac.new(bytes(32), b"62E3086CED", hashlib.sha256).hexdigest()
    assert SiteKey(bytes(32)).credential(CARD) == expected


def test_no_two_cards_and_no_two_sites_share_a_credential() -> None:
    keys = SiteKey(bytes(32)), SiteKey(bytes(31) + b"\1")
    assert len({key.credential(card) for key in keys for card in (CARD, Card.numbered(1))}) == 4


async def test_the_first_reader_makes_the_key_and_all_others_of_the_pi_have_the_same(
    tmp_path: Path, board: SimulatedBoard, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        keys = await asyncio.gather(*(site_key(board, None) for _ in range(8)))
    assert len({key.credential(CARD) for key in keys}) == 1
    (said,) = caplog.messages
    assert str(the_key(tmp_path)) in said
    assert the_key(tmp_path).read_text().strip() not in said


async def test_only_the_service_may_read_the_key_that_it_has_made(tmp_path: Path, board: SimulatedBoard) -> None:
    await site_key(board, None)
    assert stat.S_IMODE(the_key(tmp_path).stat().st_mode) == 0o600


async def test_a_key_that_was_made_outlives_a_restart(tmp_path: Path, board: SimulatedBoard) -> None:
    before = (await site_key(board, None)).credential(CARD)
    again = SimulatedBoard(World(tmp_path / "again"), tmp_path / "state")
    assert (await site_key(again, None)).credential(CARD) == before


async def test_a_damaged_key_is_said_and_never_replaced(tmp_path: Path, board: SimulatedBoard) -> None:
    """Else every badge of the site would silently be unknown."""
    await site_key(board, None)
    the_key(tmp_path).write_text("torn")
    with pytest.raises(BadKey, match="64 hex digits"):
        await site_key(board, None)
    assert the_key(tmp_path).read_text() == "torn"


async def test_the_key_of_the_site_may_be_given(tmp_path: Path, board: SimulatedBoard) -> None:
    given = tmp_path / "site.key"
    given.write_text("00" * 32 + "\n")
    key = await site_key(board, str(given))
    assert key.credential(CARD) == SiteKey(bytes(32)).credential(CARD)


async def test_it_may_be_a_systemd_credential(
    tmp_path: Path, board: SimulatedBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site-key").write_text("00" * 32)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert (await site_key(board, "site-key")).credential(CARD) == SiteKey(bytes(32)).credential(CARD)


@pytest.mark.parametrize("content", ["", "secret", "00" * 31, "00" * 33, "zz" * 32])
async def test_what_is_no_key_is_refused_and_not_repeated(tmp_path: Path, board: SimulatedBoard, content: str) -> None:
    given = tmp_path / "site.key"
    given.write_text(content)
    with pytest.raises(BadKey, match="openssl rand -hex 32") as refused:
        await site_key(board, str(given))
    assert not content or content not in str(refused.value).replace("64 hex", "")


async def test_a_key_that_is_not_there_is_not_made_up(tmp_path: Path, board: SimulatedBoard) -> None:
    with pytest.raises(SecretMissing, match=r"site\.key cannot be read"):
        await site_key(board, str(tmp_path / "site.key"))


async def test_a_full_disk_is_said(board: SimulatedBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("devices.access.site_key.replace_file", full)
    with pytest.raises(StorageFull, match="No space left"):
        await site_key(board, None)


def test_a_key_that_is_printed_shows_nothing() -> None:
    assert "616263" not in repr(SiteKey(b"abc"))
    assert "abc" not in repr(SiteKey(b"abc"))
