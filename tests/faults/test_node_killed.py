"""A node dies without warning, again and again, while the broker is away: what it had promised to keep is there."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.faults.figures import Counted
from tests.faults.journal import Key
from tests.faults.process import Process, until
from tests.faults.real_lab import HUB, RealLab, scripted
from tests.faults.verdict import Verdict

pytestmark = pytest.mark.fault
NODES = tuple(f"pi{number}" for number in range(8))
KILLS = 50
LIVES_S = (0.5, 8.5)
SAFE_AFTER_S = 5.0
"""What design.md promises: older readings survive a kill."""
PACE = {"readings_per_s": 20.0, "events_per_s": 4.0, "channels": 5}


@dataclass(slots=True)
class Doomed:
    """A node that will be killed, and what its kills may have cost."""

    process: Process
    dies_at_s: float
    device: str
    young: set[Key] = field(default_factory=set)
    """Readings that were not yet five seconds old when their node was killed."""
    unfinished: set[Key] = field(default_factory=set)
    """Events whose await had not ended when their node was killed."""


def test_a_node_killed_50_times_with_the_broker_away_loses_at_most_its_last_five_seconds_of_readings(
    tmp_path: Path, counted: Counted, chance: random.Random
) -> None:
    broker = Mosquitto(tmp_path / "mosquitto")
    devices = {f"at-{node}": scripted("steady", node, tmp_path / f"at-{node}.journal", **PACE) for node in NODES}
    with RealLab(tmp_path, broker.port, devices) as lab:
        doomed = {node: Doomed(lab.start(node), _death(chance), f"at-{node}") for node in NODES}
        for node in _kill_in_turn(lab, doomed):
            doomed[node].process = lab.start(node)
            doomed[node].dies_at_s = _death(chance)
        with broker:
            lab.start(HUB)
            until(lambda: len(lab.history()) > 0, 30.0, "the first entries in the history")
            tallies = [_tally(lab, one) for one in doomed.values()]
        counted("nodes killed (-9) while the broker was away", KILLS)
        counted("events whose await had ended", sum(tally.durable for tally in tallies))
        counted("… of these events missing from the history", sum(tally.durable_missing for tally in tallies))
        counted("readings older than five seconds when killed", sum(tally.old for tally in tallies))
        counted("… of these readings missing from the history", sum(tally.old_missing for tally in tallies))
        counted("younger readings", sum(len(one.young) for one in doomed.values()))
        counted("… of these in the history all the same", sum(tally.young_stored for tally in tallies))
        counted("standing there twice", sum(tally.verdict.twice for tally in tallies))
    for tally in tallies:
        assert tally.verdict == Verdict(tally.verdict.readings, tally.verdict.events)
        assert not tally.durable_missing
        assert not tally.old_missing


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of one node's reports until it was asked for."""

    verdict: Verdict
    durable: int
    durable_missing: int
    old: int
    old_missing: int
    young_stored: int


def _tally(lab: RealLab, one: Doomed) -> Tally:
    reported = lab.reported(one.device)
    old = reported.readings.keys() - one.young
    owed = old | (reported.events.keys() - one.unfinished)
    verdict = lab.until_all_is_stored(one.device, 40.0, owed)
    stored = lab.held(one.device).keys()
    return Tally(
        verdict,
        durable=len(reported.durable),
        durable_missing=len(reported.durable - stored),
        old=len(old),
        old_missing=len(old - stored),
        young_stored=len(one.young & stored),
    )


def _death(chance: random.Random) -> float:
    return time.monotonic() + chance.uniform(*LIVES_S)


def _kill_in_turn(lab: RealLab, doomed: dict[str, Doomed]) -> Iterator[str]:
    """Kill `KILLS` times whoever is to die next, and give its name."""
    for _ in range(KILLS):
        node, one = min(doomed.items(), key=lambda item: item[1].dies_at_s)
        time.sleep(max(0.0, one.dies_at_s - time.monotonic()))
        killed_at_s = one.process.kill()
        reported = lab.reported(one.device)
        one.unfinished |= reported.events.keys() - reported.durable
        one.young |= {key for key, report in reported.readings.items() if _is_young(report.monotonic_s, killed_at_s)}
        yield node


def _is_young(reported_s: float, killed_s: float) -> bool:
    return 0.0 <= killed_s - reported_s <= SAFE_AFTER_S
