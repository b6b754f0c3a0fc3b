import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from devices.errors import StorageFull
from hub.policy.keys import BadKey, policy_key, public_half, signing_key
from tests.faults.small_disk import small_disk

Key = Callable[[Path], X25519PrivateKey | Ed25519PrivateKey]

pytestmark = pytest.mark.parametrize("key", [policy_key, signing_key], ids=["a node's", "the hub's"])


def _file(state: Path) -> Path:
    (file,) = (state / "keys").iterdir()
    return file


def test_a_key_is_made_once(key: Key, tmp_path: Path) -> None:
    assert public_half(key(tmp_path)) == public_half(key(tmp_path))


def test_every_pi_makes_another(key: Key, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert public_half(key(tmp_path / "a")) != public_half(key(tmp_path / "b"))


def test_only_its_owner_can_read_it(key: Key, tmp_path: Path) -> None:
    key(tmp_path)
    assert stat.S_IMODE(_file(tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE(_file(tmp_path).parent.stat().st_mode) == 0o700


def test_the_public_half_is_64_hex_digits_and_tells_nothing_of_the_other(key: Key, tmp_path: Path) -> None:
    public = public_half(key(tmp_path))
    assert len(bytes.fromhex(public)) == 32
    assert public not in _file(tmp_path).read_text()


@pytest.mark.parametrize("damaged", [b"", b"\xff\xfe", b"abc\n", b"00" * 31, b"zz" * 32])
def test_a_damaged_one_is_never_replaced(key: Key, damaged: bytes, tmp_path: Path) -> None:
    key(tmp_path)
    file = _file(tmp_path)
    file.write_bytes(damaged)
    with pytest.raises(BadKey, match="restore it from a backup"):
        key(tmp_path)
    assert file.read_bytes() == damaged


def test_of_several_that_make_it_at_once_all_get_the_same(key: Key, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(lambda _: public_half(key(tmp_path)), range(8)))
    assert len(made) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_made_by_root_it_belongs_to_whom_the_state_belongs_to(key: Key, tmp_path: Path) -> None:
    os.chown(tmp_path, 4242, 4343)
    key(tmp_path)
    assert (_file(tmp_path).stat().st_uid, _file(tmp_path).stat().st_gid) == (4242, 4343)


@pytest.mark.fault
def test_on_a_full_disk_none_is_made_and_none_is_left_half_written(key: Key, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        (tmp_path / "disk" / "keys").mkdir()
        disk.fill()
        with pytest.raises(StorageFull, match="free some space"):
            key(tmp_path / "disk")
        disk.free()
        assert list((tmp_path / "disk" / "keys").iterdir()) == []
        assert public_half(key(tmp_path / "disk")) == public_half(key(tmp_path / "disk"))
