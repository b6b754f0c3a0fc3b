"""Whether the members are in use, and whether they are whole: the service and a restore exclude each other."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devices.errors import AlcolabError
from hub.members.store import FOLDER

LOCK = "running.lock"
"""In the members' folder: held by whoever uses them as a whole."""
MARK = "restore-unfinished"
"""Beside it while a restore replaces one file after the other."""


class Running(AlcolabError, RuntimeError):
    """The hub runs, and would go on writing into what is replaced."""


class Unfinished(AlcolabError, RuntimeError):
    """A restore was cut off: what is there belongs half to the backup."""


@contextmanager
def held(state: Path) -> Iterator[None]:
    """Nobody restores while the members are in use, nor uses them while somebody restores. Blocks for no time.

    Raises:
        Running: somebody holds them.
    """
    folder = state / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Running("the members are in use: stop alcolab first (sudo systemctl stop alcolab)") from None


def check_finished(state: Path) -> None:
    """Raises:
    Unfinished: a restore was cut off here.
    """
    if (state / FOLDER / MARK).exists():
        raise Unfinished("a restore was cut off before it was done: run `alcolab restore FILE` again")


def give_to_owner(state: Path) -> None:
    """What root has made here belongs to whom the state belongs to, who could not open it otherwise."""
    if os.geteuid() != 0:
        return
    owner = state.stat()
    for top in (state / FOLDER, state / "keys", state / "devices"):
        for path in (top, *top.rglob("*")) if top.is_dir() else ():
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
