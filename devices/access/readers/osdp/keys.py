"""The key of a reader's secure channel (its SCBK, AES-128), made here and known to this Pi and that reader alone."""

import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from devices.board.blocking import BlockingCalls
from devices.board.board import Board
from devices.board.durable_file import replace_file
from devices.errors import AlcolabError, StorageFull

KEY_BYTES = 16
DEFAULT_KEY = bytes(range(0x30, 0x40))
"""SCBK-D: every reader has it when it is new, and everybody knows it."""
NAME = "osdp-key"
CONTENT = re.compile(r"([0-9a-f]{32})( installed)?\n")
WITHIN_S = 10.0


class BadReaderKey(AlcolabError, ValueError):
    """The file that should hold a reader's key does not."""


@dataclass(frozen=True, slots=True)
class ReaderKey:
    """A key. `installed`: the reader got it by the `install: true` that still stands in config.yaml."""

    key: bytes = field(repr=False)
    installed: bool = False


class ReaderKeys:
    """What a device keeps of its reader's key, in its durable folder; nobody else can read it."""

    def __init__(self, board: Board, device: str) -> None:
        self._board = board
        self._device = device
        self._calls = BlockingCalls()

    async def kept(self) -> ReaderKey | None:
        """The key; None before the reader is installed.

        Raises:
            BadReaderKey: the file is damaged.
            HardwareMissing: the folder cannot be made.
        """
        return await self._calls.run("reading a reader's key", self._read, deadline_s=WITHIN_S)

    async def made(self) -> ReaderKey:
        """A new key, which is on the disk before any reader gets it; errors as in `keep`."""
        key = ReaderKey(secrets.token_bytes(KEY_BYTES))
        await self.keep(key)
        return key

    async def keep(self, key: ReaderKey) -> None:
        """Replace what is kept.

        Raises:
            StorageFull: it cannot be written; what was kept is still there.
        """
        await self._calls.run("writing a reader's key", lambda: self._write(key), deadline_s=WITHIN_S)

    @property
    def _path(self) -> Path:
        return self._board.folder(self._device) / NAME

    def _read(self) -> ReaderKey | None:
        path = self._path
        try:
            match = CONTENT.fullmatch(path.read_bytes().decode("ascii", errors="replace"))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise BadReaderKey(f"{path} cannot be read ({error.strerror}): check its owner and the SD card") from error
        if match is None or bytes.fromhex(match[1]) == DEFAULT_KEY:
            raise BadReaderKey(
                f"{path} does not hold the reader's key any more: put it back from the backup, or reset the reader to "
                "its factory key and install it anew with `install: true`"
            )
        return ReaderKey(bytes.fromhex(match[1]), installed=match[2] is not None)

    def _write(self, key: ReaderKey) -> None:
        content = key.key.hex() + (" installed" if key.installed else "") + "\n"
        try:
            replace_file(self._path, content.encode("ascii"))
        except OSError as error:
            raise StorageFull(
                f"the reader's key cannot be kept ({error}): free some space, check the SD card"
            ) from error
