"""The relay is tried on a simulated board, and on the real one in the virtual Pi."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.devices.board.bench import Bench, PiBench, SimulatedBench

BENCHES = {"simulated": SimulatedBench, "pi": PiBench}


@pytest.fixture(params=["simulated", pytest.param("pi", marks=pytest.mark.pi)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    bench = BENCHES[request.param](tmp_path)
    yield bench
    bench.close()
