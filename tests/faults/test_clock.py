"""The wall clock jumps an hour, both ways, while things are measured: nothing is lost, doubled or put off."""

import time
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.faults.figures import Counted
from tests.faults.process import until
from tests.faults.real_lab import HUB, RealLab, scripted
from tests.faults.verdict import Verdict

pytestmark = pytest.mark.fault
NODE = "garden"
HOUR_S = 3600.0
STEPS_S = (HOUR_S, 0.0, -HOUR_S, 0.0)
PACE = {"readings_per_s": 100.0, "events_per_s": 10.0}
PAUSE_MOST_MS = 1_000


def test_a_clock_stepped_an_hour_forth_and_back_costs_nothing(
    tmp_path: Path, mosquitto: Mosquitto, counted: Counted
) -> None:
    clock = tmp_path / "clock"
    probe = scripted("steady", NODE, tmp_path / "probe.journal", **PACE)
    with RealLab(tmp_path, mosquitto.port, {"probe": probe}) as lab:
        _step(clock, 0.0)
        environment = {"FAULTS_CLOCK": str(clock)}
        hub = lab.start(HUB)
        node = lab.start(NODE, environment=environment)
        lab.until_stored(1, 20.0)
        for offset_s in STEPS_S:  # with the hub there
            _step(clock, offset_s)
            time.sleep(1.0)
        hub.kill()
        for offset_s in STEPS_S:  # with the hub away: it all goes to the node's disk
            _step(clock, offset_s)
            time.sleep(1.0)
        _step(clock, -HOUR_S)  # and the node starts again, an hour before it stopped
        node.stop()
        node = lab.start(NODE, environment=environment)
        began = len(lab.reported("probe").readings)
        until(lambda: len(lab.reported("probe").readings) > began, 15.0, "the first reading after the start")
        lab.start(HUB)
        verdict = lab.until_all_is_stored("probe", 40.0)
        reported = lab.reported("probe")
        counted("steps of an hour", 2 * len(STEPS_S) + 1)
        counted("readings and events reported", len(reported.keys()))
        counted.verdict(verdict)
        counted("longest pause before the restart, ms (it reads every 10)", reported.longest_pause_ms(until=began))
        assert reported.longest_pause_ms(until=began) < PAUSE_MOST_MS
        assert len(reported.durable) > 0
    assert verdict == Verdict(verdict.readings, verdict.events)


def _step(clock: Path, offset_s: float) -> None:
    """At once for all who look: the file is replaced, never half written."""
    new = clock.with_suffix(".new")
    new.write_text(str(offset_s))
    new.replace(clock)
