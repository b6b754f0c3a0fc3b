"""What a scripted device has really reported, written where a `kill -9` of its node does not reach.

A line is one `write(2)`: whatever happens to the process afterwards, the kernel has it. Intentions are written before
the report, so that nothing can stand in the history that is not here.
"""

import json
import os
import time
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

from devices.board.clock import Moment

Key: TypeAlias = tuple[str, float]
"""A reading's channel and value, or `happened` and an event's number: each is given out once only."""
HAPPENED = "happened"


@dataclass(frozen=True, slots=True)
class Report:
    """A reading or event as the device gave it; `monotonic_s` is the machine's, the same for all processes."""

    at: str
    monotonic_s: float


@dataclass(slots=True)
class Reported:
    """All that one device has reported."""

    readings: dict[Key, Report] = field(default_factory=dict)
    events: dict[Key, Report] = field(default_factory=dict)
    durable: set[Key] = field(default_factory=set)
    """Events whose await has ended well."""
    refused: dict[Key, str] = field(default_factory=dict)
    """Events that were refused, or whose await raised, with the error's name."""

    def keys(self) -> AbstractSet[Key]:
        return self.readings.keys() | self.events.keys()

    def longest_pause_ms(self, since: int = 0, until: int | None = None) -> int:
        """Between two readings, from the `since`th to the `until`th: how long the device was held up."""
        times = sorted(report.monotonic_s for report in self.readings.values())[since:until]
        return round(1_000 * max(after - before for before, after in pairwise(times)))


class Journal:
    """The writing side, inside the node."""

    def __init__(self, path: Path) -> None:
        self.begun = reported(path)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def reading(self, channel: str, value: float, at: Moment) -> None:
        self._write("reading", channel, value, at.rfc3339(), time.monotonic())

    def event(self, number: int, at: Moment) -> None:
        self._write("event", number, at.rfc3339(), time.monotonic())

    def durable(self, number: int) -> None:
        self._write("durable", number)

    def refused(self, number: int, error: Exception) -> None:
        self._write("refused", number, type(error).__name__)

    def _write(self, *line: str | float) -> None:
        os.write(self._file, json.dumps(line).encode() + b"\n")


def reported(path: Path) -> Reported:
    """Everything that the journal says; an unfinished last line is not there yet."""
    found = Reported()
    for line in _lines(path):
        match line:
            case ["reading", channel, value, at, monotonic_s]:
                found.readings[channel, value] = Report(at, monotonic_s)
            case ["event", number, at, monotonic_s]:
                found.events[HAPPENED, number] = Report(at, monotonic_s)
            case ["durable", number]:
                found.durable.add((HAPPENED, number))
            case ["refused", number, error]:
                found.refused[HAPPENED, number] = error
    return found


def _lines(path: Path) -> Iterator[list[Any]]:
    if path.exists():
        *whole, _ = path.read_bytes().split(b"\n")
        for line in whole:
            yield json.loads(line)
