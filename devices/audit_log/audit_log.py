"""The log as those use it who write into it: an entry costs them no wait."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from devices.audit_log.entry import Head
from devices.board.clock import Moment
from devices.device import Json


class AuditLog:
    """One log. `name` is that of its door or machine, or `members`; it stands in the first entry."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name

    def write(self, kind: str, data: Mapping[str, Json], at: Moment) -> None:
        """Add an entry. Never blocks; nothing that tells a person's name belongs into `data`.

        Before `run` and while the disk is full entries wait in memory. Too many are counted, and that becomes an entry.
        """

    def purge(self, before: date, at: Moment, why: str) -> None:
        """Delete the months that ended before the day `before`, as soon as `run` comes to it; an entry says so."""

    async def run(self, said: Callable[[Head], None], trouble: Callable[[str], None]) -> None:
        """Bring entries to the disk until cancelled; then the rest of them.

        `said` is called with the head when the log is opened, and after each fsync; `trouble` with what a technician
        should look after when that changes, with an empty text when all is well again.
        """
        await asyncio.Event().wait()
