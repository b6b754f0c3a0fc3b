"""What takes a while and hurries nobody: done one after the other, by a task of its own."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from devices.errors import AlcolabError

log = logging.getLogger(__name__)

WAITING_MOST = 8
Errand = Callable[[], Awaitable[object]]


class Errands:
    """Of one cabinet. Somebody who hammers on a shortcut gets it done as often as fits."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._waiting: asyncio.Queue[Errand] = asyncio.Queue(WAITING_MOST)

    def do(self, errand: Errand) -> None:
        """Do it when its turn comes, unless too many wait."""
        if not self._waiting.full():
            self._waiting.put_nowait(errand)

    async def run(self) -> None:
        """Do them until cancelled."""
        while True:
            errand = await self._waiting.get()
            try:
                await errand()
            except AlcolabError as error:
                log.warning("%s: %s", self._device, error)
