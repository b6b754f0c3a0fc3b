"""Sees that the database has changed, also when another process did it, such as the command line."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from hub.members import acts
from hub.members.store import Store

LOOK_EVERY_S = 0.5


async def watch(store: Store, tell: Sequence[asyncio.Event]) -> None:
    """Set all of these at first and after each change, until cancelled."""
    seen = None
    while True:
        store.written.clear()
        count = await store.read(acts.change_count)
        if count != seen:
            seen = count
            for each in tell:
                each.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_S):
                await store.written.wait()
