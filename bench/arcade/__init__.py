"""From a switch to the game, through the cabinet's own input process, against a C program that does the same."""

from collections.abc import Iterator

from bench.arcade import in_virtual_pi, on_host
from bench.measure import Measurement


def measure() -> Iterator[Measurement]:
    yield from in_virtual_pi.measure()
    yield from on_host.measure()
