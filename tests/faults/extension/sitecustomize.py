"""Python imports this at the start of every process of a lab under test: it adds what only these tests need.

The devices of `tests/faults/scripted.py` join the catalogue, and the wall clock can be stepped from outside: the
seconds that the file named by FAULTS_CLOCK holds are added to it. FAULTS_GATHER_S has the history commit more often
than it would. Nothing else of the product is changed.
"""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

from devices import CATALOGUE, DeviceType
from devices.board.clock import Moment, SystemClock

SCRIPTS = {"steady": "Steady", "day": "Day", "flood": "Flood", "raising": "Raising"}


def join_the_catalogue() -> None:
    catalogue = cast("dict[str, DeviceType]", CATALOGUE)
    for name, device in SCRIPTS.items():
        catalogue[name] = DeviceType(f"Test only: {name}.", "tests.faults.scripted", device, scene="")


def step_the_clock(by_seconds: Path) -> None:
    now = SystemClock.now

    def stepped(clock: SystemClock) -> Moment:
        moment = now(clock)
        return replace(moment, utc=moment.utc + timedelta(seconds=float(by_seconds.read_text())))

    setattr(SystemClock, "now", stepped)  # noqa: B010 - the wall clock has no namespace of its own


def hurry_the_history(gather_s: float) -> None:
    from hub.history import service

    service.GATHER_S = gather_s


join_the_catalogue()
if "FAULTS_GATHER_S" in os.environ:
    hurry_the_history(float(os.environ["FAULTS_GATHER_S"]))
if "FAULTS_CLOCK" in os.environ:
    step_the_clock(Path(os.environ["FAULTS_CLOCK"]))
