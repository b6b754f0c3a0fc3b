"""What other readers of the site have accepted: it counts here, too, and may show that a tag was copied."""

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from devices.access.readers.reader import RefusalReason, Trouble
from devices.access.sun.counter_table import Accepted
from devices.access.sun.counters import Counters, counters_of
from devices.board.board import Board
from devices.device import Event, Json, Port, State
from devices.errors import Flooded, StorageFull

CREDENTIAL = re.compile(r"[0-9a-f]{64}")
ACCEPTED = "accepted"
"""The state of a reader that tells others which messages it has accepted last."""
AGAIN_S = 10.0
COUNTER_AT_MOST = 2**24 - 1
LATE = timedelta(seconds=10)
"""How much later a message from elsewhere, or another Pi's clock, may be."""


async def hear_elsewhere(also_at: Sequence[str], board: Board, port: Port, trouble: Trouble) -> None:
    """Tell the readers `also_at` which messages we accept, and hear which they do, until cancelled.

    Their events raise our counters at once. Their state tells, when the network was cut meanwhile, which messages they
    have accepted that were used here as well.
    """
    problems = _Problems(trouble)
    async with counters_of(board) as counters, asyncio.TaskGroup() as group:
        group.create_task(_tell(counters, port, problems), name=f"{port.device}: tells which tags it accepts")
        for reader in also_at:
            listener = _Listener(reader, counters, port, problems)
            group.create_task(listener.run(), name=f"{port.device}: counters at {reader}")


class _Problems:
    """An alarm stays until the reader restarts; what ails the disk goes away."""

    def __init__(self, trouble: Trouble) -> None:
        self._trouble = trouble
        self._alarm = ""

    def alarm(self, alarm: str) -> None:
        self._alarm = alarm
        self._trouble(alarm)

    def disk(self, problem: str) -> None:
        """The empty text: all is well."""
        self._trouble(problem or self._alarm)


async def _tell(counters: Counters, port: Port, problems: _Problems) -> None:
    while True:
        try:
            async for digests in counters.recents(port.device):
                port.state(ACCEPTED, digests)
        except StorageFull as error:
            problems.disk(str(error))
            await asyncio.sleep(AGAIN_S)


class _Listener:
    """To one other reader."""

    def __init__(self, reader: str, counters: Counters, port: Port, problems: _Problems) -> None:
        self._reader = reader
        self._counters = counters
        self._port = port
        self._problems = problems

    async def run(self) -> None:
        async with self._port.hear(self._reader) as messages:
            async for message in messages:
                try:
                    match message:
                        case Event("badge", data, at):
                            await self._badge(data, at.utc if at.trusted else None)
                        case State(name, [*digests]) if name == ACCEPTED:
                            await self._accepted({digest for digest in digests if isinstance(digest, str)})
                except StorageFull as error:
                    self._problems.disk(str(error))
                else:
                    self._problems.disk("")

    async def _badge(self, data: Mapping[str, object], at: datetime | None) -> None:
        credential, counter = data.get("credential"), data.get("counter")
        if not isinstance(credential, str) or not CREDENTIAL.fullmatch(credential):
            return
        if type(counter) is not int or not 0 <= counter <= COUNTER_AT_MOST:
            return
        accepted = await self._counters.seen_elsewhere(self._reader, credential, counter)
        if accepted is not None and not fits(accepted, counter, at):
            self._alarm(credential, counter)

    async def _accepted(self, digests: Collection[str]) -> None:
        for twice in await self._counters.in_both(self._reader, digests):
            self._alarm(twice.credential, twice.counter)

    def _alarm(self, credential: str, counter: int) -> None:
        self._problems.alarm(
            f"a tag was accepted at {self._reader} with a counter that was used here before: it is copied, or one of "
            "its messages was recorded; look for the event `refused`, and revoke the badge"
        )
        data: dict[str, Json] = {"credential": credential, "counter": counter, "reader": self._reader}
        data["reason"] = RefusalReason.REPLAYED_ELSEWHERE
        with suppress(Flooded):  # `problems` says it all the same
            self._port.event("refused", data)


def fits(accepted: Accepted, counter: int, at: datetime | None) -> bool:
    """Whether one tag can have given both: a higher counter, or a lower one that was only heard of late."""
    if counter == accepted.counter:
        return False
    return counter > accepted.counter or accepted.at is None or at is None or at < accepted.at + LATE
