"""One entry of the log, and the head that stands for all up to it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Head:
    """The log's last entry: its number, which is how many there have ever been, and its hash (64 hex digits)."""

    entries: int
    hash: str
