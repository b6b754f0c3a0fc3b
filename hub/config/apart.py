"""Read `config.yaml` in a child process, so that this one never loads pydantic or the YAML parser."""

import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from devices.errors import BadConfig

if TYPE_CHECKING:
    from hub.lab import Lab

WITHIN_S = 60.0
"""A Pi Zero that boots is slow, but not so slow."""


def read_lab_apart(file: Path, *, node: str | None = None) -> "Lab":
    """As `read_lab`, for a process that must stay small. It blocks: from an event loop, call it in a thread.

    Raises:
        BadConfig: the message lists every error, a line each.
    """
    return start_reading_apart(file, node=node)()


def start_reading_apart(file: Path, *, node: str | None = None) -> Callable[[], "Lab"]:
    """Start reading now, so that the caller can do something else meanwhile; call the result for the lab."""
    command = [sys.executable, "-m", "hub.config", str(file), *([node] if node else [])]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603 - ourselves

    def lab() -> "Lab":
        return _received(child, file)

    return lab


def _received(child: subprocess.Popen[bytes], file: Path) -> "Lab":
    try:
        answer, complaint = child.communicate(timeout=WITHIN_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        raise BadConfig(f"{file}: could not be read within {WITHIN_S:.0f} s; is this machine overloaded?") from None
    if child.returncode != 0:
        last = complaint.decode(errors="replace").strip().splitlines()[-1:] or [f"exit code {child.returncode}"]
        raise BadConfig(f"{file}: could not be read: {last[0]}")
    result: Lab | BadConfig = pickle.loads(answer)  # noqa: S301 - written by our own child
    if isinstance(result, BadConfig):
        raise result
    return result
