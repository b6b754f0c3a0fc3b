"""The states of a machine (docs/machines.md), as far as the pages show them."""

from datetime import datetime
from typing import Literal

from hub.web.pages.access.states import Count, Name, Said, Seconds


class Session(Said):
    """Who uses it is not said here."""

    phase: Literal["idle", "running", "warning", "grace", "stopped"]
    since: datetime | None = None
    ends: datetime | None = None
    remaining_s: Seconds | None = None


class Task(Said):
    """A maintenance that comes again and again."""

    task: Name
    every_h: Seconds
    due_in_h: float

    @property
    def due(self) -> bool:
        return self.due_in_h <= 0


class Counters(Said):
    """How much it was used."""

    hours: Seconds = 0.0
    sessions: Count = 0
    maintenance: tuple[Task, ...] = ()
