"""Puts a backup in the place of what is there: examined whole before anything is touched.

Audit logs that are here stay, for they are append-only. Versions of policies and erasures never go back either.
A restore that was cut off leaves a mark, with which the hub does not start until it was done again.
"""

import os
import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from devices.audit_log.verify import verify
from hub.database.sqlite import FOREIGN_KEYS, writing_engine
from hub.database.upgrade import upgrade
from hub.members.backup.archive import MEMBERS, BadBackup, CannotCopy, Manifest, unpack, workplace
from hub.members.backup.carrying_over import Remembered, carry_over, remembered
from hub.members.in_use import MARK, give_to_owner, restoring
from hub.members.store import FOLDER, MIGRATIONS

HEX_KEY = re.compile(rb"[0-9A-Fa-f]{64}\s*")


def restore(state: Path, file: Path) -> Manifest:
    """Put what is in the backup `file` into the state folder `state`.

    Raises:
        InUse: the hub runs, or somebody works with the members.
        BadBackup: it is no backup, or damaged; nothing has changed.
        CannotCopy, OSError: it cannot be read, or there is no room for it; nothing has changed.
    """
    with restoring(state), workplace(state, "restore") as unpacked:
        manifest = unpack(file, unpacked)
        _examine(unpacked, manifest)
        _prepare(unpacked / MEMBERS, _remembered(state / MEMBERS), manifest)
        mark = state / FOLDER / MARK
        mark.touch(mode=0o600)
        _sync(mark.parent)
        for name in sorted(manifest.parts):
            _put(unpacked, state, name)
        give_to_owner(state)
        mark.unlink()
        _sync(mark.parent)
    return manifest


def _examine(unpacked: Path, manifest: Manifest) -> None:
    """Whether all of it could be used."""
    if MEMBERS not in manifest.parts:
        raise BadBackup("it holds no members")
    for name in manifest.parts:
        if name.startswith("keys/") and not HEX_KEY.fullmatch((unpacked / name).read_bytes()):
            raise BadBackup(f"{name} in it is no key")
    for folder in sorted({(unpacked / name).parent for name in manifest.parts if "/audit/" in name}):
        if findings := verify(folder).findings:
            raise BadBackup(f"the audit log of {folder.parent.name} in it was changed: {findings[0]}")
    with closing(sqlite3.connect(unpacked / MEMBERS)) as database:
        try:
            found = database.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            found = error
    if found != "ok":
        raise BadBackup(f"the members in it are damaged: {found}")


def _remembered(database: Path) -> Remembered:
    """What must not go back, from the members that are there, if they can be read."""
    if not database.is_file():
        return Remembered()
    try:
        with writing_engine(database).connect() as connection, connection.begin():
            return remembered(connection)
    except DBAPIError:
        return Remembered()  # damaged, or no database: that is why somebody restores


def _prepare(database: Path, before: Remembered, manifest: Manifest) -> None:
    """Bring the unpacked database up to date, and let it know what happened since it was saved."""
    try:
        with writing_engine(database, more=(FOREIGN_KEYS,)).connect() as connection:
            upgrade(connection, MIGRATIONS, named="this backup")
            with connection.begin():
                carry_over(connection, before, made=manifest.made, version_least=int(time.time()))
        with closing(sqlite3.connect(database)) as alone:
            alone.execute("PRAGMA journal_mode = DELETE")  # one file
    except (DBAPIError, sqlite3.Error) as error:
        why = error.orig if isinstance(error, DBAPIError) else error
        raise CannotCopy(f"the members' database cannot be unpacked ({why}): is the disk full?") from None


def _put(unpacked: Path, state: Path, name: str) -> None:
    """Each file as a whole; never is there none."""
    source, target = unpacked / name, state / name
    if "/audit/" in name:
        _put_log(source, target)
        return
    for suffix in ("-wal", "-shm") if name == MEMBERS else ():
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with source.open("rb") as file:
        os.fsync(file.fileno())
    source.replace(target)
    _sync(target.parent)


def _put_log(source: Path, target: Path) -> None:
    """The whole log, where none is; one that is here is as long or longer, and stays."""
    if target.parent.is_dir() and any(target.parent.iterdir()):
        return
    target.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    source.parent.replace(target.parent)  # an empty folder gives way
    _sync(target.parent.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
