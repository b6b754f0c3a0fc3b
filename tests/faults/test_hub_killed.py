"""The hub's process, with the history in it, dies without warning, again and again."""

import random
import time
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.faults.figures import Counted
from tests.faults.full_run import EVENTS, READINGS, count_progress, probe, settle, start_reporting
from tests.faults.process import Process, until
from tests.faults.real_lab import HUB, RealLab
from tests.faults.verdict import Verdict

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]
KILLS = 50
CONNECTED = "connected to broker"
STARTS_S = (0.1, 0.8)
"""Every other life ends so soon: before it has read its configuration, or made its tables, or connected."""
WORKS_S = (0.0, 0.6)
"""The others end so long after it has connected: before, in, and after its first commits."""
COMMITS_LEAST = 5
"""Fewer, and the kills would have met nothing."""
GATHER_S = "0.1"
"""Instead of the two seconds for which the history gathers a commit: so that the kills meet many of them."""


def test_everything_is_stored_once_though_the_hub_was_killed_50_times(
    tmp_path: Path, mosquitto: Mosquitto, counted: Counted, chance: random.Random
) -> None:
    with RealLab(tmp_path, mosquitto.port, probe(tmp_path, seconds=60.0)) as lab:
        hub = lab.start(HUB, environment={"FAULTS_GATHER_S": GATHER_S})
        start_reporting(lab)
        held, kills_after_a_commit = 0, 0
        for kills in range(KILLS):
            if kills % 2:
                _until_connected(hub)
            time.sleep(chance.uniform(*(WORKS_S if kills % 2 else STARTS_S)))
            hub.kill()
            held, before = lab.stored(), held
            kills_after_a_commit += held > before
            hub = lab.start(HUB, environment={"FAULTS_GATHER_S": GATHER_S})
        counted("hub killed (-9)", KILLS)
        counted("kills before which it had committed something new", kills_after_a_commit)
        assert kills_after_a_commit >= COMMITS_LEAST
        count_progress(lab, counted)
        verdict = settle(lab, counted, within_s=30.0)
    assert verdict == Verdict(READINGS, EVENTS)


def _until_connected(hub: Process) -> None:
    until(lambda: CONNECTED in hub.output, 60.0, "the hub connects")
