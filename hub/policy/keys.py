"""The keys that a Pi makes for itself at first need; their public halves stand in `config.yaml`.

A key that is damaged is never replaced: whatever was sealed for it, or trusts it, would silently stop to count.
"""

import logging
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from devices.board.durable_file import create_file
from devices.errors import AlcolabError, StorageFull

log = logging.getLogger(__name__)

FOLDER = "keys"
POLICY_KEY = "policy.key"
SIGNING_KEY = "signing.key"
KEY_BYTES = 32


class BadKey(AlcolabError, ValueError):
    """What should be a key of this Pi is none."""


def policy_key(state: Path) -> X25519PrivateKey:
    """The one with which a Pi reads its policies. Blocks.

    Raises:
        BadKey: the file is damaged, or may not be read.
        StorageFull: a new key cannot be kept.
    """
    return X25519PrivateKey.from_private_bytes(_kept(state / FOLDER / POLICY_KEY))


def signing_key(state: Path) -> Ed25519PrivateKey:
    """The hub's, with which it signs policies and permits. Blocks, and raises, as `policy_key` does."""
    return Ed25519PrivateKey.from_private_bytes(_kept(state / FOLDER / SIGNING_KEY))


def public_half(key: X25519PrivateKey | Ed25519PrivateKey) -> str:
    """As it stands in `config.yaml`: 64 hex digits."""
    return key.public_key().public_bytes_raw().hex()


def _kept(path: Path) -> bytes:
    if not path.exists():
        _make(path)
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except OSError as error:
        raise BadKey(f"{path} cannot be read ({error.strerror}): it belongs to who runs alcolab") from error
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise BadKey(f"{path} is damaged: restore it from a backup, or delete it and copy the new key to config.yaml")
    return key


def _make(path: Path) -> None:
    """Whoever makes it, it belongs to whom the state belongs to."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = path.parent.parent.stat()
        create_file(path, secrets.token_hex(KEY_BYTES).encode() + b"\n")
        if os.geteuid() == 0:
            os.chown(path, owner.st_uid, owner.st_gid)
            os.chown(path.parent, owner.st_uid, owner.st_gid)
    except FileExistsError:
        return  # another process was quicker
    except OSError as error:
        raise StorageFull(f"{path} cannot be kept ({error.strerror}): free some space, check the SD card") from error
    log.info("a key was made: %s", path)
