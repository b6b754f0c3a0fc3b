"""What a switch has done since the input process began: counts that grow, whoever missed the presses themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import add
from typing import Self

from devices.arcade.input.process.wiring import LATENCIES

BOUNCES = 4


@dataclass(frozen=True, slots=True)
class SwitchCounters:
    """Of one switch. A switch that wears out bounces more and more."""

    presses: int = 0
    bounces: Sequence[int] = (0,) * BOUNCES
    """How many presses had no bounce, one, two, and three or more."""
    latencies: Sequence[int] = (0,) * LATENCIES
    """How many changes took how long until the game had them: number n is below 2^(n/4) µs."""

    def __add__(self, other: Self) -> "SwitchCounters":
        return SwitchCounters(
            self.presses + other.presses,
            tuple(map(add, self.bounces, other.bounces)),
            tuple(map(add, self.latencies, other.latencies)),
        )

    def latency_us(self, quantile: float) -> float | None:
        """The latency that this share of the changes kept, ±10%; None as long as there are none."""
        if not (count := sum(self.latencies)):
            return None
        number = next(n for n, within in enumerate(accumulate(self.latencies)) if within >= quantile * count)
        return float(2.0 ** ((number - 0.5) / 4))
