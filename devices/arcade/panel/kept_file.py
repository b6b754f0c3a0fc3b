"""A small JSON file in the cabinet's folder. One that cannot be used is set aside, and what it held begins anew."""

import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from devices.board.blocking import BlockingCalls
from devices.board.durable_file import replace_file
from devices.device import Json
from devices.errors import AlcolabError, StorageFull

WITHIN_S = 10.0

Content = TypeVar("Content")

NO_CONTENT = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""What reading raises when a file holds something else than it should."""


class Unreadable(AlcolabError, OSError):
    """What was kept is not to be had. It begins anew; the old file stays for whoever wants to know why."""


class KeptFile:
    """`what` it holds is said in messages. What is saved later is what remains."""

    def __init__(self, path: Path, what: str) -> None:
        self._path = path
        self._what = what
        self._calls = BlockingCalls()
        self._latest = b""
        self._writing = Lock()
        """A call that was cancelled may still be writing."""
        self._read = False
        """Its content is known, and may be replaced."""

    async def load(self, understand: Callable[[Any], Content]) -> Content | None:
        """What `understand` makes of the content; None if there is no file yet.

        Raises:
            Unreadable: it makes nothing of it (raises one of NO_CONTENT), or the disk fails.
        """
        try:
            found = await self._calls.run(f"reading {self._path}", partial(self._load, understand), deadline_s=WITHIN_S)
        except Unreadable:
            raise
        except OSError as error:
            raise Unreadable(f"{self._what} cannot be read ({error}): check the SD card") from error
        self._read = True
        return found

    async def save(self, content: Json) -> None:
        """Return when it is on the disk.

        Raises:
            StorageFull: it is not; the file is as before.
        """
        self._latest = json.dumps(content, separators=(",", ":")).encode()
        try:
            await self._calls.run(f"writing {self._path}", self._save, deadline_s=WITHIN_S)
        except OSError as error:
            raise StorageFull(f"{self._what} cannot be kept ({error}): free some space, check the SD card") from error

    def _load(self, understand: Callable[[Any], Content]) -> Content | None:
        try:
            return understand(json.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return None
        except NO_CONTENT as error:
            raise Unreadable(
                f"{self._what} could not be understood ({error}) and began anew; the old file is {self._set_aside()}"
            ) from error

    def _save(self) -> None:
        with self._writing:
            if not self._read:
                with suppress(FileNotFoundError):
                    self._set_aside()
            replace_file(self._path, self._latest)

    def _set_aside(self) -> str:
        aside = self._path.with_suffix(".damaged")
        self._path.replace(aside)
        self._read = True
        return aside.name
