"""What other readers of the site have accepted: it counts here, too, and may show that a tag was copied."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from devices.access.readers.reader import RefusalReason, Trouble
from devices.access.sun.counters import Accepted, Counters, counters_of
from devices.board.board import Board
from devices.device import Event, Json, Port
from devices.errors import StorageFull

CREDENTIAL = re.compile(r"[0-9a-f]{64}")
COUNTER_AT_MOST = 2**24 - 1
LATE = timedelta(seconds=10)
"""How much later a message from elsewhere, or another Pi's clock, may be."""


async def hear_elsewhere(also_at: Sequence[str], board: Board, port: Port, trouble: Trouble) -> None:
    """Raise our counters by what the readers `also_at` say, until cancelled; tell of a tag that was in two places."""
    async with counters_of(board) as counters, asyncio.TaskGroup() as group:
        for reader in also_at:
            listener = _Listener(reader, counters, port, trouble)
            group.create_task(listener.run(), name=f"{port.device}: counters at {reader}")


class _Listener:
    """To one other reader."""

    def __init__(self, reader: str, counters: Counters, port: Port, trouble: Trouble) -> None:
        self._reader = reader
        self._counters = counters
        self._port = port
        self._trouble = trouble

    async def run(self) -> None:
        async with self._port.hear(self._reader) as messages:
            async for message in messages:
                if isinstance(message, Event) and message.kind == "badge":
                    await self._badge(message.data, message.at.utc if message.at.trusted else None)

    async def _badge(self, data: Mapping[str, object], at: datetime | None) -> None:
        credential, counter = data.get("credential"), data.get("counter")
        if not isinstance(credential, str) or not CREDENTIAL.fullmatch(credential):
            return
        if type(counter) is not int or not 0 <= counter <= COUNTER_AT_MOST:
            return
        try:
            accepted = await self._counters.seen_elsewhere(credential, counter)
        except StorageFull as error:
            self._trouble(str(error))
            return
        if accepted is not None and not fits(accepted, counter, at):
            self._alarm(credential, counter)

    def _alarm(self, credential: str, counter: int) -> None:
        self._trouble(
            f"a tag was accepted at {self._reader} with a counter that was used here before: it is copied, or one of "
            "its messages was recorded; look for the event `refused`, and revoke the badge"
        )
        data: dict[str, Json] = {"credential": credential, "counter": counter, "reader": self._reader}
        data["reason"] = RefusalReason.REPLAYED_ELSEWHERE
        self._port.event("refused", data)


def fits(accepted: Accepted, counter: int, at: datetime | None) -> bool:
    """Whether one tag can have given both: a higher counter, or a lower one that was only heard of late."""
    if counter == accepted.counter:
        return False
    return counter > accepted.counter or accepted.at is None or at is None or at < accepted.at + LATE
