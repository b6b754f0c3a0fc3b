"""Which processes have a file open, as far as this user may see."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from devices.board.board import CONSUMER

PROC = Path("/proc")


def holders_of(path: Path) -> Sequence[str]:
    """Each as `name (process 123)`; this process as itself. Blocks; empty when nobody's is to be seen."""
    wanted = str(path.resolve())
    return [_named(process) for process in sorted(PROC.glob("[0-9]*")) if _has_open(process, wanted)]


def _has_open(process: Path, wanted: str) -> bool:
    with suppress(OSError):  # it has ended, or is another user's
        for descriptor in (process / "fd").iterdir():
            with suppress(OSError):
                if os.readlink(descriptor) == wanted:  # noqa: PTH115 - a Path for each descriptor of each process is slow
                    return True
    return False


def _named(process: Path) -> str:
    name = "a program"
    with suppress(OSError):
        name = (process / "comm").read_text().strip()
    return f"{CONSUMER if process.name == str(os.getpid()) else name} (process {process.name})"
