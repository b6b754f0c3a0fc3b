"""The run of 10,000 readings and 1,000 events during which something is killed."""

import time
from pathlib import Path
from typing import Any

from tests.faults.figures import Counted
from tests.faults.process import until
from tests.faults.real_lab import RealLab, scripted
from tests.faults.verdict import Verdict

READINGS, EVENTS = 10_000, 1_000
PROBE = "probe"
NODE = "garden"


def probe(folder: Path, *, seconds: float) -> dict[str, dict[str, Any]]:
    """The device that reports it all within so many seconds, as `config.yaml` describes it."""
    pace = {"readings_per_s": READINGS / seconds, "events_per_s": EVENTS / seconds}
    return {PROBE: scripted("steady", NODE, folder / f"{PROBE}.journal", readings=READINGS, events=EVENTS, **pace)}


def start_reporting(lab: RealLab) -> None:
    lab.start(NODE)
    until(lambda: bool(lab.reported(PROBE).readings), 15.0, "the first reading")


def count_progress(lab: RealLab, counted: Counted) -> None:
    """Call it after the last kill: how much of the run the kills have met."""
    reported = lab.reported(PROBE)
    counted("readings and events reported before the last kill", len(reported.readings) + len(reported.events))


def settle(lab: RealLab, counted: Counted, *, within_s: float) -> Verdict:
    """Wait for the end of the run and then for the history."""
    until(lambda: _is_over(lab), 60.0, "all readings and events reported, and all events durable")
    ended_s = time.monotonic()
    verdict = lab.until_all_is_stored(PROBE, within_s)
    counted("seconds from the last report until everything was stored", time.monotonic() - ended_s)
    counted.verdict(verdict)
    return verdict


def _is_over(lab: RealLab) -> bool:
    reported = lab.reported(PROBE)
    return len(reported.readings) == READINGS and len(reported.durable) == EVENTS
