"""A mechanical contact, which bounces before it rests."""

import asyncio
import time
from random import Random

from devices.board.pin import Pin

NS_PER_S = 1_000_000_000


class Contact:
    """A contact on a line, open at first. `active_low`: closed, it pulls the line to ground."""

    def __init__(self, pin: Pin, *, active_low: bool, random: Random) -> None:
        self.closed = False
        self._pin = pin
        self._active_low = active_low
        self._random = random
        self._drive(time.monotonic_ns())

    async def move(self, closed: bool, *, bounces: int, rests_within_s: float) -> None:
        """Close or open it, now; it springs back and returns `bounces` times before it rests."""
        began_ns = time.monotonic_ns()
        self.rest(closed, began_ns)
        if bounces:
            await asyncio.sleep(rests_within_s)
            for after_s in sorted(self._random.uniform(0, rests_within_s) for _ in range(2 * bounces)):
                self.rest(not self.closed, began_ns + round(after_s * NS_PER_S))

    def rest(self, closed: bool, at_ns: int) -> None:
        """Close or open it without a bounce, at a moment just past (CLOCK_MONOTONIC)."""
        if closed is not self.closed:
            self.closed = closed
            self._drive(at_ns)

    def _drive(self, at_ns: int) -> None:
        self._pin.drive(self.closed is not self._active_low, at_ns=at_ns)
