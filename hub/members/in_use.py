"""Whether the members are in use, and whether they are whole: whoever uses them and a restore exclude each other."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devices.errors import AlcolabError
from hub.members.store import FOLDER

USED = "used.lock"
"""In the members' folder: shared by all who use them, and held alone by a restore."""
SERVED = "served.lock"
"""Held by the one service."""
MARK = "restore-unfinished"
"""There while a restore replaces one file after the other."""


class InUse(AlcolabError, RuntimeError):
    """Somebody else has the members in hand."""


class Unfinished(AlcolabError, RuntimeError):
    """A restore was cut off: what is there belongs half to the backup."""


@contextmanager
def using(state: Path) -> Iterator[None]:
    """Nobody restores meanwhile.

    Raises:
        InUse: somebody restores now.
        Unfinished: a restore was cut off here.
    """
    with _locked(state, USED, fcntl.LOCK_SH, "a backup is just being restored here: try again in a moment"):
        if (state / FOLDER / MARK).exists():
            raise Unfinished("a restore was cut off before it was done: run `alcolab restore FILE` again")
        yield


@contextmanager
def serving(state: Path) -> Iterator[None]:
    """As `using`, and nobody else serves them.

    Raises:
        InUse, Unfinished: as `using`, or another process serves them.
    """
    with (
        using(state),
        _locked(state, SERVED, fcntl.LOCK_EX, "another alcolab serves these members: stop it first"),
    ):
        yield


@contextmanager
def restoring(state: Path) -> Iterator[None]:
    """Nobody uses them meanwhile.

    Raises:
        InUse: somebody does.
    """
    with _locked(state, USED, fcntl.LOCK_EX, "the members are in use: stop alcolab first"):
        yield


@contextmanager
def _locked(state: Path, name: str, how: int, otherwise: str) -> Iterator[None]:
    folder = state / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(descriptor, how, otherwise)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, how: int, otherwise: str) -> None:
    """At once or not at all."""
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InUse(otherwise) from None


def give_to_owner(state: Path) -> None:
    """What root has made here belongs to whom the state belongs to, who could not open it otherwise."""
    if os.geteuid() != 0:
        return
    owner = state.stat()
    for top in (state / FOLDER, state / "keys", state / "devices"):
        for path in (top, *top.rglob("*")) if top.is_dir() else ():
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
