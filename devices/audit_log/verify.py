"""Reads a whole log and finds what was changed in it after it was written."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from devices.audit_log.chain import Chain, Finding, Place
from devices.audit_log.entry import LINE_AT_MOST, Head
from devices.audit_log.log_files import locked, log_files


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, in the log's order. `notes` are no findings, but worth knowing."""

    log: str | None
    """Whose log it says to be; None: it does not say."""
    head: Head
    heads: int
    """How many of the heads that it has said elsewhere were found in it."""
    gone: int
    """How many are of entries that are not there any more, to be compared with."""
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.findings


def verify(folder: Path, heads: Iterable[Head] = (), *, name: str | None = None) -> Verdict:
    """Read a log, which may go on being written; blocks. However long it is, only `heads` are held in memory.

    `heads` are what the log has said elsewhere, in any order; `name` is whose log it should be, where that is known.

    Raises:
        OSError: it cannot be read.
    """
    chain = Chain(heads, name)
    with ExitStack() as opened:
        with locked(folder, shared=True):  # so that no entry is half written; what comes later is not looked at
            files = log_files(folder)
            sizes = [file.path.stat().st_size for file in files]
            streams = [opened.enter_context(file.path.open("rb")) for file in files]
        for file, size, stream in zip(files, sizes, streams, strict=True):
            for number, line in enumerate(_lines(stream, size), start=1):
                chain.take(Place(file.path.name, number), line, named=file.first if number == 1 else None)
    chain.end()
    return Verdict(
        chain.log, chain.head, chain.elsewhere.found, chain.elsewhere.gone, tuple(chain.findings), tuple(chain.notes)
    )


def _lines(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """The lines in the first `size` bytes, each as far as one can be an entry."""
    while (left := size - stream.tell()) > 0:
        line = stream.readline(min(left, LINE_AT_MOST))
        yield line
        while not line.endswith(b"\n") and (left := size - stream.tell()) > 0:
            line = stream.readline(min(left, LINE_AT_MOST))
