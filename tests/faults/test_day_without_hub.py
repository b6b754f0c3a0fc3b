"""A day without the hub, and so without its broker: the node keeps everything, within bounds, and then delivers it."""

import time
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.faults.figures import Counted
from tests.faults.process import until
from tests.faults.real_lab import HUB, RealLab, scripted
from tests.faults.verdict import Verdict

pytestmark = pytest.mark.fault
SERIES, MINUTES, MINUTES_BETWEEN_EVENTS = 20, 24 * 60, 3
READINGS, EVENTS = SERIES * MINUTES, MINUTES // MINUTES_BETWEEN_EVENTS
MEMORY_MOST_KB = 25_000
"""By how much a node may grow on such a day."""
DISK_MOST_KB = 8_000
"""Half of it SQLite's write-ahead log, which does not grow with the days."""


def test_24_simulated_hours_without_hub_are_kept_and_delivered(tmp_path: Path, counted: Counted) -> None:
    broker = Mosquitto(tmp_path / "mosquitto")
    day = scripted("day", "garden", tmp_path / "bed.journal", channels=SERIES, minutes=MINUTES, minutes_per_s=240.0)
    with RealLab(tmp_path, broker.port, {"bed": day}) as lab:
        node = lab.start("garden")
        until(lambda: bool(lab.reported("bed").readings), 15.0, "the first reading")
        at_dawn_kb = node.memory_kb()
        until(lambda: len(lab.reported("bed").readings) == READINGS, 40.0, "the day is over")
        until(lambda: len(lab.reported("bed").durable) == EVENTS, 10.0, "its events are durable")
        grown_kb = node.memory_peak_kb() - at_dawn_kb
        disk_kb = sum(file.stat().st_size for file in node.state.rglob("*") if file.is_file()) // 1_000
        with broker:
            hub_began_s = time.monotonic()
            lab.start(HUB)
            verdict = lab.until_all_is_stored("bed", 60.0)
            counted("hours that passed for the node, at 20 readings a minute", MINUTES // 60)
            counted("growth of the node's memory, kB", grown_kb)
            counted("its state on disk at the end of the day, kB", disk_kb)
            counted("seconds from the start of the hub until everything was stored", time.monotonic() - hub_began_s)
            counted.verdict(verdict)
    assert verdict == Verdict(READINGS, EVENTS)
    assert grown_kb < MEMORY_MOST_KB
    assert disk_kb < DISK_MOST_KB
