"""Makes a backup, while the hub runs."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from devices.audit_log.log_files import locked
from devices.board.clock import rfc3339
from devices.errors import AlcolabError
from hub.members.backup.archive import MEMBERS, PARTS, CannotCopy, Manifest, digest, workplace, write

Progress = Callable[[int, int], None]
"""Called with how many parts are written, and how many there are."""


class NothingToSave(AlcolabError, FileNotFoundError):
    """There are no members here."""


def backup(state: Path, file: Path, progress: Progress | None = None) -> Manifest:
    """Write a backup of the state folder `state` as `file`, for its owner alone; what is there is replaced at the end.

    Raises:
        NothingToSave: this is not the hub's state.
        CannotCopy, OSError: it cannot be written; a backup that was there before still is.
    """
    if not (state / MEMBERS).is_file():
        raise NothingToSave(f"there are no members in {state}: is this the hub, and are you the user that it runs as?")
    beside = file.with_name(f".{file.name}.new")
    with workplace(state, "backup") as folder:
        _collect(state, folder)
        parts = {name: digest(folder / name) for name in _parts(folder)}
        manifest = Manifest(rfc3339(datetime.now(UTC)), version("alcolab"), parts)
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                for number, _ in enumerate(write(out, folder, manifest), start=1):
                    if progress:
                        progress(number, len(parts))
                out.flush()
                os.fsync(out.fileno())
            beside.replace(file)
        finally:
            beside.unlink(missing_ok=True)
    return manifest


def _collect(state: Path, folder: Path) -> None:
    """Copies of one moment: of the database by SQLite, of each log while nobody writes into it."""
    for name in _parts(state):
        copy = folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if name == MEMBERS:
            _copy_database(state / name, copy)
            continue
        with ExitStack() as stack:
            if copy.parent.name == "audit":
                stack.enter_context(locked((state / name).parent, shared=True))
            shutil.copyfile(state / name, copy)


def _copy_database(database: Path, copy: Path) -> None:
    try:
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # the copy is one file
    except sqlite3.Error as error:
        raise CannotCopy(f"the members' database cannot be copied ({error}): is the disk full?") from None


def _parts(folder: Path) -> Iterator[str]:
    paths = (path for top in ("members", "keys", "devices") for path in sorted(folder.glob(f"{top}/**/*")))
    names = (path.relative_to(folder).as_posix() for path in paths if path.is_file() and not path.is_symlink())
    return (name for name in names if PARTS.fullmatch(name))
