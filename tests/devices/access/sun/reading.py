"""A reader's messages on a simulated board, for tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from devices.access.options import SunOptions
from devices.access.site_key import SiteKey
from devices.access.sun.simulated_tag import SimulatedTag
from devices.access.sun.sun_messages import SunMessages, sun_messages
from devices.board.simulated import SimulatedBoard
from devices.board.world import World

MASTER = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
UID = bytes.fromhex("04782E21801D80")
SITE_KEY = SiteKey(bytes(32))
READER = "front-badges"


def a_tag(uid: bytes = UID, **how: int) -> SimulatedTag:
    return SimulatedTag(uid, MASTER, counter=how.get("counter", 0))


def a_board(folder: Path) -> SimulatedBoard:
    return SimulatedBoard(World(folder / "world"), folder / "state")


@asynccontextmanager
async def reading(
    folder: Path, board: SimulatedBoard | None = None, *, reader: str = READER
) -> AsyncIterator[SunMessages]:
    folder.mkdir(exist_ok=True)
    (folder / "tags.key").write_text(MASTER.hex())
    options = SunOptions(key_file=str(folder / "tags.key"))
    async with sun_messages(reader, options, board or a_board(folder), SITE_KEY) as messages:
        yield messages


def counters_file(folder: Path) -> Path:
    (file,) = (folder / "state").rglob("counters.db")
    return file
