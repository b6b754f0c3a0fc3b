"""The hub's process, with the history in it, dies without warning, again and again."""

import random
import time
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.faults.figures import Counted
from tests.faults.full_run import EVENTS, READINGS, count_progress, probe, settle, start_reporting
from tests.faults.real_lab import HUB, RealLab
from tests.faults.verdict import Verdict

pytestmark = [pytest.mark.fault, pytest.mark.timeout(180)]
KILLS = 50
LIVES_S = (0.2, 2.6)
"""From before it has read its configuration until after it has acknowledged."""


def test_everything_is_stored_once_though_the_hub_was_killed_50_times(
    tmp_path: Path, mosquitto: Mosquitto, counted: Counted, chance: random.Random
) -> None:
    with RealLab(tmp_path, mosquitto.port, probe(tmp_path, seconds=75.0)) as lab:
        hub = lab.start(HUB)
        start_reporting(lab)
        held, kills_after_a_commit = 0, 0
        for _ in range(KILLS):
            time.sleep(chance.uniform(*LIVES_S))
            hub.kill()
            held, before = len(lab.history()), held
            kills_after_a_commit += held > before
            hub = lab.start(HUB)
        counted("hub killed (-9)", KILLS)
        counted("kills before which it had committed something new", kills_after_a_commit)
        count_progress(lab, counted)
        verdict = settle(lab, counted, within_s=30.0)
    assert verdict == Verdict(READINGS, EVENTS)
