"""Events of a cabinet, reported one after the other: nobody who has something to report waits for the disk."""

import asyncio
import logging
from collections.abc import Mapping

from devices.arcade.problems import Problems
from devices.device import Json, Port
from devices.errors import Flooded, StorageFull

log = logging.getLogger(__name__)

WAITING_MOST = 64
PART = "events"


class Reports:
    """What waits to be reported, with the time at which it happened."""

    def __init__(self, port: Port, problems: Problems) -> None:
        self._port = port
        self._problems = problems
        self._waiting: asyncio.Queue[tuple[str, Mapping[str, Json]]] = asyncio.Queue(WAITING_MOST)

    def tell(self, kind: str, data: Mapping[str, Json]) -> None:
        """Report an event."""
        if self._waiting.full():
            log.error("%s: the event %s %s is lost: %d others wait", self._port.device, kind, data, WAITING_MOST)
            return
        self._waiting.put_nowait((kind, data))

    async def run(self) -> None:
        """Report until cancelled."""
        while True:
            kind, data = await self._waiting.get()
            try:
                await self._port.event(kind, data)
            except (Flooded, StorageFull) as error:
                self._problems.found(PART, str(error))
            else:
                self._problems.over(PART)
