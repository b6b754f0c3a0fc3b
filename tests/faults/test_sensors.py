"""One bad sensor or driver is its own problem: the others keep their pace, and nothing is ever a silent 0."""

import json
import time
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from devices.board.clock import parse_rfc3339
from tests.brokers import Mosquitto
from tests.faults.figures import Counted
from tests.faults.process import until
from tests.faults.real_lab import HUB, RealLab, scripted
from tests.faults.sensor_tree import EVERY_S, SensorTree
from tests.faults.verdict import Verdict

pytestmark = pytest.mark.fault
NODE = "garden"
HEALTHY = tuple(f"healthy-{number}" for number in range(4))
HANGING = tuple(f"hanging-{number}" for number in range(20))
PAUSE_MOST_S = 1.0
"""Longest time between two readings of a healthy sensor that is read five times a second."""
STALE_WITHIN_S = 2 * EVERY_S + 10.0
STOP_MOST_S = 5.0
MEMORY_MOST_KB = 80_000
FLOOD_S = 1.0


def test_twenty_sensors_that_hang_do_not_slow_the_others_and_are_said_to_be_stale(
    tmp_path: Path, mosquitto: Mosquitto, counted: Counted
) -> None:
    tree = SensorTree(tmp_path / "sysfs", HEALTHY + HANGING)
    with RealLab(tmp_path, mosquitto.port, {"bed": tree.options(NODE, HEALTHY + HANGING)}) as lab:
        lab.node(NODE, sysfs=str(tree.folder))
        lab.start(HUB)
        node = lab.start(NODE)
        until(lambda: _channels(_rows(lab), "ok") == {*HEALTHY, *HANGING}, 20.0, "every sensor has been read")
        hung_s = time.time()
        for name in HANGING:
            tree.hang(name)
        until(lambda: _channels(_rows(lab), "stale") == set(HANGING), 20.0, "every hanging sensor is stale")
        rows = _rows(lab)
        began_s = time.monotonic()
        node.stop()
        stopped_s = time.monotonic() - began_s
    stale_after_s = max(_times(rows, name, "stale")[0] - hung_s for name in HANGING)
    pause_s = _longest_pause_s(rows, HEALTHY, since_s=hung_s)
    counted("sensors that hang, of 24", len(HANGING))
    counted("seconds until the last of them was said to be stale", stale_after_s)
    counted("longest pause of a healthy sensor, ms (it is read every 200)", round(1_000 * pause_s))
    counted("readings of hanging sensors that bear a value", len(_values_after(rows, HANGING, hung_s + 1.0)))
    counted("seconds that the node took to stop with 20 threads hanging", stopped_s)
    assert stale_after_s < STALE_WITHIN_S
    assert pause_s < PAUSE_MOST_S
    assert not _values_after(rows, HANGING, hung_s + 1.0)
    assert stopped_s < STOP_MOST_S


def test_sensors_that_raise_at_every_read_and_a_driver_with_a_bug_do_not_slow_the_others(
    tmp_path: Path, mosquitto: Mosquitto, counted: Counted
) -> None:
    raising = ("garbled", "removed")
    tree = SensorTree(tmp_path / "sysfs", HEALTHY + raising)
    tree.garble("garbled")
    tree.remove("removed")
    devices = {"bed": tree.options(NODE, HEALTHY + raising), "buggy": {"type": "raising", "node": NODE}}
    with RealLab(tmp_path, mosquitto.port, devices, bugs=1) as lab:
        lab.node(NODE, sysfs=str(tree.folder))
        lab.start(HUB)
        node = lab.start(NODE)
        until(lambda: len(_times(_rows(lab), HEALTHY[0], "ok")) >= 40, 30.0, "40 readings of a healthy sensor")
        rows = _rows(lab)
        lines = node.output.splitlines()
    failed = sum(len(_times(rows, name, "failed")) for name in raising)
    pause_s = _longest_pause_s(rows, HEALTHY)
    counted("reads that failed and were reported as such", failed)
    counted("readings of these sensors that bear a value", len(_values_after(rows, raising, 0.0)))
    counted("lines in which the log complains of one of them", max(_complaints(lines, name) for name in raising))
    counted("times that the log tells of the driver's bug", _complaints(lines, "buggy failed"))
    counted("longest pause of a healthy sensor, ms (it is read every 200)", round(1_000 * pause_s))
    assert failed > 10
    assert not _values_after(rows, raising, 0.0)
    assert [_complaints(lines, name) for name in raising] == [1, 1]
    assert _complaints(lines, "buggy failed") == 1
    assert pause_s < PAUSE_MOST_S


def test_a_device_that_floods_is_told_so_and_costs_the_others_nothing(
    tmp_path: Path, mosquitto: Mosquitto, counted: Counted
) -> None:
    readings, events = 1_000, 100
    devices = {
        "flood": scripted("flood", NODE, tmp_path / "flood.journal", seconds=FLOOD_S),
        "probe": scripted(
            *("steady", NODE, tmp_path / "probe.journal"),
            readings=readings,
            events=events,
            readings_per_s=100.0,
            events_per_s=10.0,
        ),
    }
    with RealLab(tmp_path, mosquitto.port, devices) as lab:
        lab.start(HUB)
        node = lab.start(NODE)
        until(lambda: len(lab.reported("probe").durable) == events, 40.0, "the steady device has reported everything")
        probe = lab.until_all_is_stored("probe", 40.0)
        flood = lab.reported("flood")
        kept = lab.until_all_is_stored("flood", 40.0, flood.events.keys() - flood.refused.keys())
        peak_kb = node.memory_peak_kb()
        counted("events with which it flooded, in 1 s", len(flood.events))
        counted("… refused with an error", len(flood.refused))
        counted("… accepted and missing from the history", kept.missing)
        counted("its readings that stand in the history", sum(name == "c0" for name, _ in lab.held("flood")))
        counted("memory of the node at its worst, kB", peak_kb)
        counted("readings of the steady device beside it, in the history", probe.readings)
        counted("its events in the history", probe.events)
    assert set(flood.refused.values()) <= {"Flooded"}
    assert flood.refused
    assert kept.missing == 0
    assert probe == Verdict(readings, events)
    assert peak_kb < MEMORY_MOST_KB


def _rows(lab: RealLab) -> list[dict[str, Any]]:
    return [row for row in map(json.loads, lab.history()) if "reading" in row]


def _channels(rows: Iterable[dict[str, Any]], quality: str) -> set[str]:
    return {row["reading"] for row in rows if row["quality"] == quality}


def _times(rows: Iterable[dict[str, Any]], channel: str, quality: str) -> list[float]:
    return [
        parse_rfc3339(row["at"]).timestamp() for row in rows if row["reading"] == channel and row["quality"] == quality
    ]


def _values_after(rows: Iterable[dict[str, Any]], channels: Iterable[str], since_s: float) -> list[dict[str, Any]]:
    watched = set(channels)
    return [
        row
        for row in rows
        if row["reading"] in watched and row["value"] is not None and parse_rfc3339(row["at"]).timestamp() > since_s
    ]


def _longest_pause_s(rows: Iterable[dict[str, Any]], channels: Iterable[str], since_s: float = 0.0) -> float:
    kept = list(rows)
    times = {name: [at for at in _times(kept, name, "ok") if at >= since_s] for name in channels}
    return max(after - before for found in times.values() for before, after in pairwise(found))


def _complaints(lines: Iterable[str], of: str) -> int:
    return sum(of in line for line in lines)
