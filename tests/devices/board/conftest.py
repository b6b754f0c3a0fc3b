"""The benches on which the contract of `Board` is tried."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.devices.board.bench import Bench, PiBench, SimulatedBench

BENCHES = {"simulated": SimulatedBench, "pi": PiBench}


@pytest.fixture(params=BENCHES)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    bench = BENCHES[request.param](tmp_path)
    yield bench
    bench.world.close()


@pytest.fixture
def lines(bench: Bench) -> Bench:
    """A bench with GPIO lines."""
    if isinstance(bench, PiBench) and not list(Path("/dev").glob("gpiochip*")):
        pytest.skip("this machine has no GPIO chip; the virtual Pi has")
    return bench
