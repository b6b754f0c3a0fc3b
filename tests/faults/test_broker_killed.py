"""The broker dies without warning, again and again, and forgets all that it had not delivered."""

import random
import time
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.faults.figures import Counted
from tests.faults.full_run import EVENTS, NODE, READINGS, count_progress, probe, settle, start_reporting
from tests.faults.process import until
from tests.faults.real_lab import HUB, SITE, RealLab
from tests.faults.verdict import Verdict

pytestmark = pytest.mark.fault
KILLS = 50
CONNECTED = f" as alcolab-{SITE}-{NODE} "
LIVES_S, AWAY_S = (0.0, 0.3), (0.0, 0.1)
"""How long it lives after the node has connected, and then stays away."""


def test_everything_is_stored_once_though_the_broker_was_killed_50_times(
    tmp_path: Path, mosquitto: Mosquitto, counted: Counted, chance: random.Random
) -> None:
    with RealLab(tmp_path, mosquitto.port, probe(tmp_path, seconds=50.0)) as lab:
        lab.start(HUB)
        start_reporting(lab)
        for kills in range(KILLS):
            _until_connected(mosquitto, kills)
            time.sleep(chance.uniform(*LIVES_S))
            mosquitto.kill()
            time.sleep(chance.uniform(*AWAY_S))
            mosquitto.start()
        counted("mosquitto killed (-9)", KILLS)
        counted("times that the node had connected before", mosquitto.output.count(CONNECTED))
        count_progress(lab, counted)
        verdict = settle(lab, counted, within_s=30.0)
    assert verdict == Verdict(READINGS, EVENTS)


def _until_connected(mosquitto: Mosquitto, before: int) -> None:
    until(lambda: mosquitto.output.count(CONNECTED) > before, 20.0, "the node connects again")
