"""Players without names: a hash with a key of its own for each year, so that no two years can be linked."""

import hmac
import logging
import os
import secrets
from pathlib import Path

log = logging.getLogger(__name__)

KEY_BYTES = 32
PSEUDONYM_BYTES = 16
UNKNOWN_YEAR = "unknown"


class Pseudonyms:
    """The keys lie in `folder` as `players-2026.key`, mode 0600. Blocking: call it in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, credential: str, year: int | None) -> bytes:
        """HMAC-SHA-256 (RFC 2104) with this year's key, cut to 16 bytes. None: nobody knows the year.

        The keys of other years are deleted; what was hashed with them is then as good as random.

        Raises:
            OSError: the key can be neither read nor written.
        """
        return hmac.digest(self._key(year), credential.encode(), "sha256")[:PSEUDONYM_BYTES]

    def _key(self, year: int | None) -> bytes:
        path = self._path(UNKNOWN_YEAR) if year is None else self._path(str(year))
        there = sorted(self._folder.glob(self._path("*").name))
        if year is None:
            path = there[-1] if there else path
        else:
            self._adopt(path, there)
        key = path.read_bytes() if path.exists() else b""
        return key if len(key) == KEY_BYTES else self._new(path)

    def _adopt(self, path: Path, there: list[Path]) -> None:
        """The key of a time without a date becomes this year's, if that has none; all others go."""
        undated = self._path(UNKNOWN_YEAR)
        if undated in there and path not in there:
            undated.rename(path)
        for other in there:
            if other != path:
                other.unlink(missing_ok=True)

    def _new(self, path: Path) -> bytes:
        if path.exists():
            log.warning("%s is damaged: players are counted anew from now on", path)
        key = secrets.token_bytes(KEY_BYTES)
        beside = path.with_suffix(".new")
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(path)
        return key

    def _path(self, year: str) -> Path:
        return self._folder / f"players-{year}.key"
