"""Who is behind the door, also after a restart: by pseudonyms, in a small file, for half a day at most."""

import asyncio
import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from devices.board.blocking import BlockingCalls
from devices.board.durable_file import replace_file
from devices.errors import AlcolabError
from devices.policy.decision import Direction
from devices.policy.occupancy import Occupancy

READ_WITHIN_S = 2.0
"""The door is not there before: a disk that hangs must not keep it from opening."""
WRITTEN_WITHIN_S = 10.0
NOT_MORE_OFTEN_S = 5.0
"""A file that is written at each passage of a busy evening would wear an SD card."""


class Occupants:
    """Passages count at once, in memory; the file follows."""

    def __init__(self, folder: Path, trouble: Callable[[str], None]) -> None:
        self._file = folder / "inside.json"
        self._trouble = trouble
        self._occupancy = Occupancy()
        self._calls = BlockingCalls()
        self._changed = asyncio.Event()

    async def load(self) -> None:
        """Who was there before."""
        try:
            entered = await self._calls.run("reading who is inside", self._read, deadline_s=READ_WITHIN_S)
        except (AlcolabError, OSError, ValueError) as error:
            self._trouble(f"who was inside is not known any more ({error}): nobody counts as inside")
        else:
            self._occupancy = Occupancy(entered)

    def inside(self, now_s: float) -> frozenset[str]:
        """Who is there now (Unix time)."""
        return self._occupancy.inside(now_s)

    def passed(self, member: str, direction: Direction, now_s: float) -> None:
        """A member went in or out (Unix time)."""
        self._occupancy.passed(member, direction, now_s)
        self._changed.set()

    async def run(self) -> None:
        """Keep the file until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            content = json.dumps(dict(self._occupancy.entered)).encode()
            write = partial(replace_file, self._file, content)
            try:
                await self._calls.run("writing who is inside", write, deadline_s=WRITTEN_WITHIN_S)
            except (AlcolabError, OSError) as error:
                self._changed.set()
                self._trouble(f"who is inside cannot be kept over a restart ({error}): free some space")
            else:
                self._trouble("")
            await asyncio.sleep(NOT_MORE_OFTEN_S)

    def _read(self) -> Mapping[str, float]:
        if not self._file.exists():
            return {}
        match json.loads(self._file.read_bytes()):
            case dict() as entered if all(isinstance(at_s, int | float) for at_s in entered.values()):
                return {str(member): float(at_s) for member, at_s in entered.items()}
        raise ValueError(f"{self._file} is damaged")
