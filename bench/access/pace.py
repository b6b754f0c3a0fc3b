"""So many a second, and what the slowest of them took."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence

from bench.measure import Goal, Measurement

ROUNDS = 6
ROUND_S = 10.0
"""A minute in all."""


async def paced(per_s: float, for_s: float = ROUND_S) -> AsyncIterator[int]:
    """Numbers, evenly in time; who was late catches up."""
    begun = time.monotonic()
    for number in range(int(per_s * for_s)):
        await asyncio.sleep(max(0.0, begun + number / per_s - time.monotonic()))
        yield number


def percentiles(what: str, rounds: Sequence[Sequence[float]], goals: dict[int, Goal]) -> Iterator[Measurement]:
    """Of each round of seconds, in milliseconds."""
    for percent in (50, 95, 99):
        values = [_percentile(each, percent) * 1e3 for each in rounds]
        yield Measurement(f"{what}, p{percent}", "ms", values, goal=goals.get(percent))


def _percentile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]
