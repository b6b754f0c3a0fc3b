"""What the cabinet remembers of turns and queue across a restart, in one small file of its folder."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from devices.board.clock import Clock, Moment, parse_rfc3339
from devices.board.durable_file import replace_file
from devices.device import Json

log = logging.getLogger(__name__)

FILE = "turns.json"


@dataclass(frozen=True, slots=True)
class Remembered:
    """A snapshot, as `Turns.restore` wants it: how old, and whether the Pi ran since then."""

    snapshot: Mapping[str, Any]
    age_s: float | None
    powered: bool


class Memory:
    """Blocking: call it in a thread, one call at a time. A file that cannot be read is set aside."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._path = folder / FILE
        self._clock = clock

    def save(self, snapshot: Mapping[str, Json], now: Moment, now_s: float) -> None:
        """Keep the snapshot that was made at `now`, which is `now_s` of the monotonic clock, through a power cut.

        Raises:
            OSError: the disk is full, or cannot be written.
        """
        kept = {
            "boot": self._clock.boot,
            "at_s": now_s,
            "at": now.rfc3339() if now.trusted else None,
            "snapshot": snapshot,
        }
        replace_file(self._path, json.dumps(kept, separators=(",", ":")).encode())

    def load(self, now: Moment, now_s: float) -> Remembered | None:
        """What was saved last; None where there is nothing to go on with.

        Raises:
            OSError: the disk cannot be read.
        """
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            return self._remembered(kept, now, now_s)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            self.set_aside(str(error))
            return None

    def set_aside(self, why: str) -> None:
        """The file cannot be used: turns and queue begin anew, and it stays for whoever wants to know why."""
        aside = self._path.with_suffix(".damaged")
        log.warning("what was remembered of turns and queue is set aside as %s: %s", aside.name, why)
        self._path.replace(aside)

    def _remembered(self, kept: Mapping[str, Any], now: Moment, now_s: float) -> Remembered:
        snapshot, at_s = kept["snapshot"], float(kept["at_s"])
        if kept["boot"] == self._clock.boot and now_s >= at_s:
            return Remembered(snapshot, now_s - at_s, powered=True)
        if kept["at"] is None or not now.trusted:
            return Remembered(snapshot, None, powered=False)
        away = now.utc - parse_rfc3339(kept["at"])
        return Remembered(snapshot, max(away, timedelta()).total_seconds(), powered=False)
