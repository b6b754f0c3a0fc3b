"""What a device gets back for a reading or an event, and may await."""

import asyncio
from collections.abc import Awaitable, Generator


class Saved(Awaitable[None]):
    """Done when the events of one commit are on disk; who stops waiting takes it from nobody else."""

    def __init__(self, saved: "asyncio.Future[None]") -> None:
        self._saved = saved

    def __await__(self) -> Generator[None, None, None]:
        return asyncio.shield(self._saved).__await__()


class AtOnce(Awaitable[None]):
    """A reading keeps nobody waiting: it reaches the disk later, if it must."""

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


AT_ONCE = AtOnce()
