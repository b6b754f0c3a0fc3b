"""Compares what the history holds with what was reported: each once, with its original time, and nothing else."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, TypeAlias

from tests.faults.journal import HAPPENED, Key, Report, Reported

Held: TypeAlias = Mapping[Key, list[str]]
"""What the history holds of one device, with the times under which it stands there."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What stands in the history, and what is wrong with it."""

    readings: int
    events: int
    missing: int = 0
    twice: int = 0
    with_another_time: int = 0
    never_reported: int = 0


def held(lines: Iterable[str], device: str) -> Held:
    """Read what `alcolab history export` gives as JSON lines."""
    found: dict[Key, list[str]] = {}
    for line in lines:
        row: dict[str, Any] = json.loads(line)
        if row["device"] == device:
            key = (row["reading"], row["value"]) if "reading" in row else (row["event"], row["data"]["number"])
            found.setdefault(key, []).append(row["at"])
    return found


def judge(held: Held, reported: Reported, owed: AbstractSet[Key] | None = None) -> Verdict:
    """`owed` names the reports that may not be missing: all, unless told otherwise."""
    truth: dict[Key, Report] = reported.readings | reported.events
    wrong = Counter[str]()
    for key, times in held.items():
        wrong["twice"] += len(times) - 1
        if key not in truth:
            wrong["never_reported"] += 1
        elif truth[key].at not in times:
            wrong["with_another_time"] += 1
    events = sum(name == HAPPENED for name, _ in held)
    missing = (truth.keys() if owed is None else owed) - held.keys()
    return Verdict(len(held) - events, events, missing=len(missing), **wrong)
