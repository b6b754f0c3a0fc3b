"""From an edge of a line to an input event, against a C program that does the same: in the virtual Pi and outside."""

from collections.abc import Iterator

from bench.edges import in_virtual_pi, on_host
from bench.measure import Measurement


def measure() -> Iterator[Measurement]:
    yield from in_virtual_pi.measure()
    yield from on_host.measure()
