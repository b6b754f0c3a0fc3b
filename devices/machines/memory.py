"""What a machine must remember: that it was stopped, who used it when the power went, and how long it has been used."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias, TypeVar

from devices.board.blocking import BlockingCalls
from devices.errors import AlcolabError, StorageFull
from devices.machines.kept_record import DamagedRecord, KeptRecord

log = logging.getLogger(__name__)

WITHIN_S = 10.0
AGAIN_S = 5.0
AN_HOUR_S = 3600.0

Trouble: TypeAlias = Callable[[str], None]
"""Hears what a technician should look after; an empty text when all is well."""
Result = TypeVar("Result")
NO_MEMORY = (DamagedRecord, ValueError, TypeError, KeyError, AttributeError)
"""What reading raises when a file holds something else than it should."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A session that goes on: `seconds` as far as was last written."""

    member: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Memory:
    """Of one machine. `maintained`: at how many seconds of use each task was last done."""

    stopped: bool = False
    session: Unfinished | None = None
    used_s: float = 0.0
    sessions: int = 0
    maintained: Mapping[str, float] = field(default_factory=dict)

    def with_tasks(self, tasks: Iterable[str]) -> "Memory":
        """Knows these tasks and no others; a new one counts from now."""
        return replace(self, maintained={task: self.maintained.get(task, self.used_s) for task in tasks})

    def with_done(self, task: str) -> "Memory":
        """The task was just done."""
        return replace(self, maintained={**self.maintained, task: self.used_s})

    def due_in_h(self, task: str, every_h: float) -> float:
        """Hours of use until it is due; negative when it is overdue."""
        return every_h - (self.used_s - self.maintained.get(task, 0.0)) / AN_HOUR_S

    def as_bytes(self) -> bytes:
        """As it is kept."""
        return json.dumps(asdict(self), separators=(",", ":")).encode()


def memory_of(content: bytes) -> Memory:
    """The inverse of `as_bytes`.

    Raises:
        ValueError, TypeError: it is something else.
    """
    found: dict[str, Any] = json.loads(content)
    session = found.pop("session")
    return Memory(session=None if session is None else Unfinished(**session), **found)


class MemoryFile:
    """A machine's memory on the disk, where it finds room however full that is."""

    def __init__(self, folder: Path) -> None:
        self._record = KeptRecord(folder / "memory")
        self._calls = BlockingCalls()
        self.memory = Memory()
        """What is to be kept, at first what was."""
        self.damage = ""
        """What was wrong with the file that was there, for a technician."""
        self._wanted = asyncio.Event()
        self._writing = Lock()
        """A call that was cancelled may still be writing."""

    async def load(self) -> None:
        """Remember. Nobody knows whether a machine was stopped whose memory is damaged: so it is.

        Raises:
            StorageFull: there is no room to remember anything, or it cannot be written.
        """
        try:
            self.memory = await self._call(self._load)
            await self._write()
        except NO_MEMORY as error:
            self.damage = f"its memory was damaged ({error}): hours begin anew, and a maintainer must release it"
            self.memory = Memory(stopped=True)
            await self._call(lambda: self._record.create(self.memory.as_bytes()))

    def keep(self, memory: Memory) -> None:
        """Have `run` write it soon. What comes later replaces it."""
        self.memory = memory
        self._wanted.set()

    async def save(self, memory: Memory) -> None:
        """Return when it is on the disk.

        Raises:
            StorageFull: it is not.
        """
        self.keep(memory)
        await self._write()

    async def run(self, trouble: Trouble) -> None:
        """Write what is to be kept until cancelled; and then once more, if there is something."""
        try:
            while True:
                await self._wanted.wait()
                try:
                    await self._write()
                except AlcolabError as error:
                    trouble(str(error))
                    await asyncio.sleep(AGAIN_S)
                else:
                    trouble("")
        finally:
            if self._wanted.is_set():
                with suppress(AlcolabError):
                    await self._write()

    async def _write(self) -> None:
        self._wanted.clear()
        try:
            await self._call(self._save)
        except BaseException:
            self._wanted.set()
            raise

    def _save(self) -> None:
        with self._writing:
            self._record.save(self.memory.as_bytes())

    async def _call(self, work: Callable[[], Result]) -> Result:
        try:
            return await self._calls.run("the machine's memory", work, deadline_s=WITHIN_S)
        except OSError as error:
            raise StorageFull(f"the machine's memory cannot be written ({error}): check the SD card") from error

    def _load(self) -> Memory:
        content = self._record.load()
        if content is not None:
            return memory_of(content)
        fresh = Memory()
        self._record.create(fresh.as_bytes())
        return fresh
