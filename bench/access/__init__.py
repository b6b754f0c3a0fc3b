"""Ten thousand members: how long a decision takes, a policy on its way, and a badge until the relay moves."""

from collections.abc import Iterator

from bench.access import decision, policies, relay
from bench.measure import Measurement


def measure() -> Iterator[Measurement]:
    yield from decision.measure()
    yield from policies.measure()
    yield from relay.measure()
