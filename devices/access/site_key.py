"""The site's key, with which a card's number becomes a credential that tells nobody the number.

Numbers are short: whoever has their bare hashes tries all of them within minutes. With a key that is kept outside
database, configuration and messages, a credential is as good as random to everybody else.
"""

import hmac
import logging
import re
import secrets
from pathlib import Path
from threading import Lock

from devices.access.card import Card
from devices.board.blocking import BlockingCalls
from devices.board.board import Board
from devices.board.durable_file import replace_file
from devices.errors import AlcolabError, StorageFull
from devices.secret import read_secret

log = logging.getLogger(__name__)

KEY_BYTES = 32
KEY = re.compile(rf"[0-9A-Fa-f]{{{2 * KEY_BYTES}}}")
SHARED_FOLDER = "site.key"
"""In the place of a device's folder, with a name that no device can have: what all readers of this Pi share."""
WITHIN_S = 10.0

_making = Lock()


class BadKey(AlcolabError, ValueError):
    """What should be the site's key is none."""


class SiteKey:
    """Makes credentials. Nothing of it shows when it is printed."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def credential(self, card: Card) -> str:
        """HMAC-SHA-256 (RFC 2104) of the number's ASCII digits, as 64 hex digits."""
        return hmac.digest(self._key, card.number.encode("ascii"), "sha256").hex()


async def site_key(board: Board, key_file: str | None) -> SiteKey:
    """The key in `key_file`; without one, the key that this Pi has made for itself, or makes now.

    Raises:
        SecretMissing: the file cannot be read.
        BadKey: it holds no key.
        StorageFull: a new key cannot be kept.
    """
    return await BlockingCalls().run(
        "reading the site's key", lambda: _read(key_file) if key_file else _own(board), deadline_s=WITHIN_S
    )


def _own(board: Board) -> SiteKey:
    try:
        with _making:
            path = board.folder(SHARED_FOLDER) / "key"
            if not path.exists():
                _make(path)
    except OSError as error:
        raise StorageFull(f"the site's key cannot be kept ({error}): free some space, check the SD card") from error
    return _read(str(path))


def _make(path: Path) -> None:
    replace_file(path, secrets.token_hex(KEY_BYTES).encode() + b"\n")
    log.info("a key for badges was made: %s; readers at other Pis of the site need the same one, see key_file", path)


def _read(key_file: str) -> SiteKey:
    text = read_secret(key_file)
    if not KEY.fullmatch(text):
        raise BadKey(f"{key_file} should hold {2 * KEY_BYTES} hex digits: make them with `openssl rand -hex 32`")
    return SiteKey(bytes.fromhex(text))
