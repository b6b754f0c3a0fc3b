"""A small record that can be written on a full disk: two places of a file that has its size from the first day.

They are written in turn, each with a number and a checksum, so that a power cut spoils at most the one being written.
Everything here blocks, and belongs into a thread.
"""

import os
import struct
import zlib
from pathlib import Path

from devices.board.durable_file import replace_file

PLACE_BYTES = 4096
_HEADER = struct.Struct("<8sQII")
"""Magic, number, length, and the checksum of number and content."""
_MAGIC = b"ALCOKEPT"
CONTENT_MOST = PLACE_BYTES - _HEADER.size


class DamagedRecord(Exception):
    """Neither place holds what was written there."""


class KeptRecord:
    """One record. Whoever writes it is alone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._number = 0

    def load(self) -> bytes | None:
        """What was saved last; None if there is no record yet.

        Raises:
            DamagedRecord: there is one, and it cannot be read.
            OSError: the disk fails.
        """
        try:
            found = self._path.read_bytes()
        except FileNotFoundError:
            return None
        places = [_read(found[start : start + PLACE_BYTES]) for start in (0, PLACE_BYTES)]
        self._number, content = max((place for place in places if place), default=(0, None))
        if content is None:
            raise DamagedRecord(f"{self._path} holds no record of ours")
        return content

    def create(self, content: bytes) -> None:
        """Make room for it on the disk for good, and save it; what was there before is gone.

        Raises:
            OSError: the disk is full, or fails.
        """
        self._number = 1
        replace_file(self._path, _written(self._number, content) + bytes(PLACE_BYTES))

    def save(self, content: bytes) -> None:
        """Return when it is on the disk, which may be full.

        Raises:
            OSError: the disk fails, or cannot be written at all.
        """
        place = _written(self._number + 1, content)
        with os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CLOEXEC), "wb", buffering=0) as file:
            os.pwrite(file.fileno(), place, self._number % 2 * PLACE_BYTES)
            os.fsync(file.fileno())
        self._number += 1


def _written(number: int, content: bytes) -> bytes:
    if len(content) > CONTENT_MOST:
        raise ValueError(f"a record has at most {CONTENT_MOST} bytes, not {len(content)}")
    return (_HEADER.pack(_MAGIC, number, len(content), _sum(number, content)) + content).ljust(PLACE_BYTES, b"\0")


def _read(place: bytes) -> tuple[int, bytes] | None:
    if len(place) < PLACE_BYTES:
        return None
    magic, number, length, checksum = _HEADER.unpack_from(place)
    content = place[_HEADER.size : _HEADER.size + length]
    sound = magic == _MAGIC and len(content) == length and _sum(number, content) == checksum
    return (number, content) if sound else None


def _sum(number: int, content: bytes) -> int:
    return zlib.crc32(content, number & 0xFFFFFFFF)
