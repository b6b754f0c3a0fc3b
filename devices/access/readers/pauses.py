"""What comes, and the pauses between: frames of some readers have no other end."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

LATE_TURNS = 5
"""Before it counts that nothing came, what is on its way gets so many turns of the loop."""

Item = TypeVar("Item")


async def with_pauses(items: AsyncIterator[Item], patience: Callable[[], float | None]) -> AsyncGenerator[Item | None]:
    """The items, and None once after each that nothing follows for the seconds that `patience` then asks for.

    Where it asks for None, no pause counts.
    """
    while True:
        async with _begun(anext(items)) as coming:
            if (within_s := patience()) is not None and not await _comes(coming, within_s):
                yield None
            yield await coming


@asynccontextmanager
async def _begun(wait: Awaitable[Item]) -> AsyncIterator[asyncio.Future[Item]]:
    """A wait that goes on beside others, and has ended when this is left: then its hardware can be let go."""
    coming = asyncio.ensure_future(wait)
    try:
        yield coming
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


async def _comes(coming: asyncio.Future[Item], within_s: float) -> bool:
    await asyncio.wait([coming], timeout=within_s)
    for _ in range(LATE_TURNS):
        if not coming.done():
            await asyncio.sleep(0)
    return coming.done()
