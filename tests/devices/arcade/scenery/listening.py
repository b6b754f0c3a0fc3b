"""The edges of one line of a simulated world, with the times that its outside gives them; and its chances."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from devices.board.pin import Pin

Heard = list[tuple[bool, int]]
"""The level after each edge, and when (CLOCK_MONOTONIC, ns)."""


@contextmanager
def listening(pin: Pin) -> Iterator[Heard]:
    heard: Heard = []
    with pin.held("test", listener=lambda level, at_ns: heard.append((level, at_ns))):
        yield heard


def chances() -> Random:
    """The same in each run."""
    return Random(1)  # noqa: S311 - bounces, not secrets
