"""A small file that is written as a whole: after a kill or a power cut it holds the old content or the new one."""

import os
import secrets
from pathlib import Path


def replace_file(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write `content` as the file `path`; blocks until it is on the disk.

    Raises:
        OSError: the disk is full, or cannot be written; the old content is still there.
    """
    beside = path.with_name(f"{path.name}.new")
    _write(beside, content, mode)
    beside.replace(path)
    _keep_names_of(path.parent)


def create_file(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write `content` as a new file `path`, which nobody ever sees half written; blocks until it is on the disk.

    Raises:
        FileExistsError: there is one; it is as it was.
        OSError: the disk is full, or cannot be written; there is none.
    """
    beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}.new")
    try:
        _write(beside, content, mode)
        os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    _keep_names_of(path.parent)


def _write(path: Path, content: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _keep_names_of(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
