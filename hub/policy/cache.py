"""A node's policy on its disk, and the highest version that it ever had. All of it blocks.

The policy is kept as it came, so that it is verified again whenever it is read. The mark is written after it: a power
cut between the two leaves the new policy and an old mark, which the policy's own version then stands for.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from devices.board.durable_file import replace_file
from devices.policy.policy import Policy
from hub.policy.encoding import BadPolicy

FOLDER = "policy"

_writing = Lock()
"""Whoever was cancelled while writing may still be at it, in a thread."""


@dataclass(frozen=True, slots=True)
class Cache:
    """Below `state`, this Pi's state folder."""

    state: Path

    def read(self) -> bytes | None:
        """What was kept; None if nothing was.

        Raises:
            BadPolicy: it cannot be read.
        """
        try:
            return self._file("sealed").read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise BadPolicy(f"it cannot be read ({error.strerror}): check the SD card") from error

    def highest(self, signer: bytes) -> int:
        """The highest version that was kept of this signer's; another lab's, or a new hub's, begin anew."""
        try:
            mark = json.loads(self._file("highest").read_text(encoding="ascii"))
            return int(mark["version"]) if mark["signer"] == signer.hex() else 0
        except (OSError, ValueError, TypeError, KeyError):
            return 0

    def keep(self, payload: bytes, policy: Policy) -> None:
        """Raises:
        OSError: the disk is full, or cannot be written; what was kept before still is.
        """
        mark = {"signer": policy.signer.hex(), "version": policy.version}
        with _writing:
            self._file("").mkdir(mode=0o700, exist_ok=True)
            replace_file(self._file("sealed"), payload)
            replace_file(self._file("highest"), json.dumps(mark).encode())

    def _file(self, name: str) -> Path:
        return self.state / FOLDER / name
