"""The cabinets on which the controls are tried: simulated, and in the virtual Pi."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.devices.arcade.input.playing import Played, PlayedInTheWorld, PlayedOnThePi
from tests.devices.board.bench import PiBench, SimulatedBench


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Played]:
    """A simulated cabinet."""
    bench = SimulatedBench(tmp_path)
    yield PlayedInTheWorld(bench)
    bench.close()


@pytest.fixture
def pi(tmp_path: Path) -> Iterator[PlayedOnThePi]:
    """A cabinet on the kernel's simulated chip and its real input devices; for tests marked `pi`."""
    subprocess.run(["modprobe", "-a", "uinput", "evdev"], check=True)
    bench = PiBench(tmp_path)
    played = PlayedOnThePi(bench)
    yield played
    played.close()
    bench.close()


@pytest.fixture(params=["world", pytest.param("pi", marks=pytest.mark.pi)])
def played(request: pytest.FixtureRequest) -> Played:
    """Both of them, one after the other."""
    found: Played = request.getfixturevalue(request.param)
    return found
