"""A record that survives a power cut at any byte, and a full disk."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.machines import kept_record
from devices.machines.kept_record import CONTENT_MOST, PLACE_BYTES, DamagedRecord, KeptRecord
from tests.faults.small_disk import small_disk


def test_there_is_none_at_first_and_then_the_last_one(tmp_path: Path) -> None:
    path = tmp_path / "record"
    record = KeptRecord(path)
    assert record.load() is None
    record.create(b"one")
    for content in (b"two", b"", b"four" * 10):
        record.save(content)
        assert KeptRecord(path).load() == content
        assert path.stat().st_size == 2 * PLACE_BYTES


@given(cut=st.integers(0, PLACE_BYTES), garbage=st.binary(min_size=1, max_size=16), saves=st.integers(1, 5))
def test_a_power_cut_while_it_is_written_leaves_the_old_or_the_new_one(
    tmp_path_factory: pytest.TempPathFactory, cut: int, garbage: bytes, saves: int
) -> None:
    path = tmp_path_factory.mktemp("cut") / "record"
    record = KeptRecord(path)
    record.create(b"0")
    for number in range(1, saves):
        record.save(b"%d" % number)
    before = path.read_bytes()
    record.save(b"new")
    after = path.read_bytes()
    start = next(place for place in (0, PLACE_BYTES) if before[place:][:PLACE_BYTES] != after[place:][:PLACE_BYTES])
    torn = before[:start] + (after[start : start + cut] + garbage + before[start + cut + len(garbage) :])
    path.write_bytes(torn[: 2 * PLACE_BYTES])
    again = KeptRecord(path)
    assert again.load() in {b"%d" % (saves - 1), b"new"}
    again.save(b"later")
    assert KeptRecord(path).load() == b"later"


@pytest.mark.parametrize("content", [b"", b"x" * 100, bytes(2 * PLACE_BYTES), b"x" * (2 * PLACE_BYTES)])
def test_what_is_no_record_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "record"
    path.write_bytes(content)
    with pytest.raises(DamagedRecord):
        KeptRecord(path).load()


def test_it_is_written_on_a_full_disk_and_not_begun_there(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        record = KeptRecord(tmp_path / "disk/record")
        record.create(b"one")
        disk.fill()
        record.save(b"two")
        assert record.load() == b"two"
        with pytest.raises(OSError, match="No space left"):
            KeptRecord(tmp_path / "disk/another").create(b"one")


def test_it_holds_so_much_and_no_more(tmp_path: Path) -> None:
    record = KeptRecord(tmp_path / "record")
    record.create(b"x" * CONTENT_MOST)
    with pytest.raises(ValueError, match=str(kept_record.CONTENT_MOST)):
        record.save(b"x" * (CONTENT_MOST + 1))
