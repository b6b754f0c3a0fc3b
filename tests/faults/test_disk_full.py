"""Disks that are full for the file system, not for a mock: SQLite fails as it would on an SD card."""

import time
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.faults.figures import Counted
from tests.faults.process import until
from tests.faults.real_lab import HUB, RealLab, scripted
from tests.faults.small_disk import small_disk
from tests.faults.verdict import Verdict

pytestmark = pytest.mark.fault
NODE = "garden"
PACE = {"readings_per_s": 150.0, "events_per_s": 15.0}
HUB_AWAY_S = 6.0
"""Longer than readings stay in memory where they have a disk."""
FULL_S = 6.0


def test_a_node_with_a_full_disk_delivers_everything_and_says_which_events_are_not_durable(
    tmp_path: Path, mosquitto: Mosquitto, counted: Counted
) -> None:
    probe = scripted("steady", NODE, tmp_path / "probe.journal", **PACE)
    with (
        small_disk(tmp_path / "state" / NODE, "4m") as disk,
        RealLab(tmp_path, mosquitto.port, {"probe": probe}) as lab,
    ):
        disk.fill()
        lab.start(NODE)
        until(lambda: len(lab.reported("probe").refused) > 0, 20.0, "an event that cannot be made durable")
        hub = lab.start(HUB)
        lab.until_stored(1, 20.0)
        hub.kill()
        time.sleep(HUB_AWAY_S)
        lab.start(HUB)
        while_full = lab.reported("probe")
        disk.free()
        until(lambda: len(lab.reported("probe").durable) > len(while_full.durable), 20.0, "durable events again")
        verdict = lab.until_all_is_stored("probe", 40.0, while_full.keys())
        refused = set(while_full.refused.values())
        counted("readings reported while the node's disk was full", len(while_full.readings))
        counted("events reported meanwhile", len(while_full.events))
        counted("… whose await said that the disk is full", len(while_full.refused))
        _count(counted, verdict)
        assert refused == {"StorageFull"}
        assert not while_full.durable
    assert verdict == Verdict(verdict.readings, verdict.events)


def test_a_hub_with_a_full_disk_acknowledges_nothing_and_has_everything_once_there_is_room(
    tmp_path: Path, mosquitto: Mosquitto, counted: Counted
) -> None:
    probe = scripted("steady", NODE, tmp_path / "probe.journal", **PACE)
    with (
        small_disk(tmp_path / "state" / HUB, "8m") as disk,
        RealLab(tmp_path, mosquitto.port, {"probe": probe}) as lab,
    ):
        hub = lab.start(HUB)
        lab.start(NODE)
        lab.until_stored(1, 20.0)
        disk.fill()
        until(lambda: _complaints(hub.output) > 0, 20.0, "the hub says that it cannot write")
        held = lab.stored()
        time.sleep(FULL_S)
        grown = lab.stored() - held
        while_full = lab.reported("probe")
        disk.free()
        room_since_s = time.monotonic()
        verdict = lab.until_all_is_stored("probe", 40.0, while_full.keys())
        counted("readings and events reported until there was room again", len(while_full.keys()))
        counted("stored while the hub's disk was full", grown)
        counted("lines in which the hub's log complains", _complaints(hub.output))
        counted("seconds from room to everything stored", time.monotonic() - room_since_s)
        _count(counted, verdict)
        assert grown == 0
        assert _complaints(hub.output) == 1
        assert hub.alive
    assert verdict == Verdict(verdict.readings, verdict.events)


def _count(counted: Counted, verdict: Verdict) -> None:
    counted("… missing from the history", verdict.missing)
    counted("… standing there twice", verdict.twice)
    counted("… with another time", verdict.with_another_time)


def _complaints(output: str) -> int:
    return output.count("the history cannot be written")
