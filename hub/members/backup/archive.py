"""The file of a backup: a tar archive whose first part lists all others with their hashes.

What it may hold is known beforehand. Whatever else is in a file that calls itself a backup (other names, links,
devices, too much) makes it none, so that unpacking one can never write where it should not.
"""

import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from devices.errors import AlcolabError

FORMAT = 1
MANIFEST = "manifest.json"
MANIFEST_MOST = 1024 * 1024
PART_MOST = 512 * 1024 * 1024
CHUNK = 1024 * 1024
ABANDONED_S = 3600.0

MEMBERS = "members/members.db"
NAME = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
PARTS = re.compile(
    rf"{re.escape(MEMBERS)}"
    r"|keys/(?:signing|policy)\.key"
    r"|devices/site\.key/key"
    rf"|devices/{NAME}/osdp-key"
    rf"|(?:members|devices/{NAME})/audit/\d{{12}}-(?:\d{{4}}-\d{{2}}|undated)\.jsonl(?:\.[a-z0-9.-]{{1,60}})?"
)
"""What may be in a backup, below the state folder."""


class BadBackup(AlcolabError, ValueError):
    """The file is no backup, or not as it was made; nothing was restored."""


class CannotCopy(AlcolabError, OSError):
    """The members' database cannot be copied, such as onto a full disk; what was there still is."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The first part of the archive: when it was made, by which version, and the SHA-256 of each other part."""

    made: str
    version: str
    parts: Mapping[str, str]

    def text(self) -> bytes:
        said = {"format": FORMAT, "made": self.made, "version": self.version, "parts": dict(self.parts)}
        return json.dumps(said, indent=1).encode() + b"\n"

    @classmethod
    def read(cls, text: bytes) -> "Manifest":
        """Raises:
        BadBackup: this is none.
        """
        try:
            said: Any = json.loads(text)
            manifest = cls(str(said["made"]), str(said["version"]), dict(said["parts"]))
            known = said["format"] == FORMAT
        except (ValueError, TypeError, LookupError, RecursionError):
            raise BadBackup("its list of contents cannot be read: it is no backup of alcolab, or damaged") from None
        if not known:
            raise BadBackup("it was made by a newer alcolab: install that version to restore it")
        if wrong := [name for name in manifest.parts if not PARTS.fullmatch(name)]:
            raise BadBackup(f"it lists {wrong[0]!r}, which belongs into no backup")
        return manifest


@contextmanager
def workplace(state: Path, purpose: str) -> Iterator[Path]:
    """A folder of its own below the state; those are removed that a power cut left, for they hold names and keys."""
    for left in state.glob(f"{purpose}-*"):
        if time.time() - left.stat().st_mtime > ABANDONED_S:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{purpose}-", dir=state) as folder:
        yield Path(folder)


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(out: IO[bytes], folder: Path, manifest: Manifest) -> Iterator[str]:
    """Write the archive of the parts that lie in `folder`; the name of each, once it is written."""
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        text = manifest.text()
        archive.addfile(_part(MANIFEST, len(text)), io.BytesIO(text))
        for name in manifest.parts:
            path = folder / name
            with path.open("rb") as file:
                archive.addfile(_part(name, path.stat().st_size), file)
            yield name


def unpack(file: Path, folder: Path) -> Manifest:
    """Unpack a backup into an empty folder, all of it as its list says.

    Raises:
        BadBackup: it is none, or damaged.
        OSError: it cannot be read, or there is no room.
    """
    with _opened(file) as archive:
        first = archive.next()
        if first is None or first.name != MANIFEST or not first.isreg() or first.size > MANIFEST_MOST:
            raise BadBackup(f"{file} is no backup of alcolab: it does not begin with a list of its contents")
        manifest = Manifest.read(_content(archive, first).read())
        missing = dict(manifest.parts)
        while (part := archive.next()) is not None:
            expected = missing.pop(part.name, None)
            if expected is None or not part.isreg() or part.size > PART_MOST:
                raise BadBackup(f"it holds {part.name!r}, which its list of contents does not have")
            _unpack_part(_content(archive, part), folder / part.name, expected)
    if missing:
        raise BadBackup(f"it is cut off: {', '.join(sorted(missing))} is missing")
    return manifest


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, "r:gz") as archive:
            yield archive
    except (tarfile.TarError, EOFError, ValueError) as error:
        if isinstance(error, BadBackup):
            raise
        raise BadBackup(f"{file} is no backup of alcolab, or damaged ({error})") from None


def _content(archive: tarfile.TarFile, part: tarfile.TarInfo) -> IO[bytes]:
    content = archive.extractfile(part)
    if content is None:
        raise BadBackup(f"it holds {part.name!r}, which is no file")
    return content


def _unpack_part(content: IO[bytes], path: Path, expected: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    hashed = hashlib.sha256()
    with path.open("xb") as out:
        path.chmod(0o600)
        while chunk := content.read(CHUNK):
            hashed.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    if hashed.hexdigest() != expected:
        raise BadBackup(f"{path.name} in it is damaged: it does not have the hash that the list of contents says")


def _part(name: str, size: int) -> tarfile.TarInfo:
    part = tarfile.TarInfo(name)
    part.size = size
    part.mode = 0o600
    return part
