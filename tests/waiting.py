"""Waiting for a condition instead of sleeping for a time that somebody guessed."""

import asyncio
import time
from collections.abc import Callable

LOOK_EVERY_S = 0.005


async def until(condition: Callable[[], object], *, within_s: float = 20.0) -> None:
    """Return as soon as `condition()` is true; fail when it is not within the time."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"did not come true within {within_s:.0f} s")
        await asyncio.sleep(LOOK_EVERY_S)
