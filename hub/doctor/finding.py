"""One thing that was looked at."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    """It works, but somebody should look."""
    MISSING = "missing"
    """Something that this Pi's share of the lab needs is not there."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, and where it is not good, what to do."""

    name: str
    level: Level
    found: str
    advice: str = ""


def good(name: str, found: str) -> Finding:
    return Finding(name, Level.GOOD, found)


def warning(name: str, found: str, advice: str) -> Finding:
    return Finding(name, Level.WARNING, found, advice)


def missing(name: str, found: str, advice: str) -> Finding:
    return Finding(name, Level.MISSING, found, advice)
