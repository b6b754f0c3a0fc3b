"""Finds what was changed in a log after it was written."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from devices.audit_log.entry import Head


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written. `line` counts from 1; 0: the file as a whole."""

    file: str
    line: int
    entry: int | None
    what: str

    def __str__(self) -> str:
        return f"{self.file} line {self.line}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found; `notes` are no findings, but worth knowing (clock set back, purged, torn by a power cut)."""

    log: str | None
    head: Head
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        return not self.findings


def verify(folder: Path, heads: Iterable[Head] = (), *, name: str | None = None) -> Verdict:
    """Read the whole log; blocks. `heads`: what the log has said elsewhere, in any order; `name`: whose it should be.

    Raises:
        OSError: it cannot be read.
    """
    raise NotImplementedError
