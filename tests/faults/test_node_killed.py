"""A node dies without warning, again and again, while the broker is away: what it had promised to keep is there."""

import random
import time
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.faults.figures import Counted
from tests.faults.journal import Key, Reported
from tests.faults.process import Process, until
from tests.faults.real_lab import HUB, RealLab, scripted
from tests.faults.verdict import Verdict, judge

pytestmark = pytest.mark.fault
NODES = tuple(f"pi{number}" for number in range(8))
KILLS = 50
LIVES_S = (0.5, 8.0)
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
            until(
                lambda: " as alcolab-" in broker.output,
                30.0,
                "a node sends its backlog, and nobody is there to hear it",
            )
            lab.start(HUB)
            until(lambda: lab.stored() > 0, 30.0, "the first entries in the history")
            tallies = _tallies(lab, doomed.values())
        counted("nodes killed (-9) while the broker was away", KILLS)
        counted("events whose await had ended", sum(tally.durable for tally in tallies))
        counted("… of these events missing from the history", sum(tally.durable_missing for tally in tallies))
        counted("readings older than five seconds when killed", sum(tally.old for tally in tallies))
        counted("… of these readings missing from the history", sum(tally.old_missing for tally in tallies))
        counted("younger readings", sum(tally.young for tally in tallies))
        counted("… of these in the history all the same", sum(tally.young_stored for tally in tallies))
        counted("standing there twice", sum(tally.verdict.twice for tally in tallies))
        counted("with another time than they were reported with", sum(t.verdict.with_another_time for t in tallies))
    for tally in tallies:
        assert tally.durable_missing == tally.old_missing == 0
        assert tally.verdict == Verdict(tally.verdict.readings, tally.verdict.events)


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of one node's reports."""

    verdict: Verdict
    durable: int
    durable_missing: int
    old: int
    old_missing: int
    young: int
    young_stored: int


def _tallies(lab: RealLab, doomed: Iterable[Doomed]) -> list[Tally]:
    """Of what was reported until now; waits until the history has what is owed of it."""
    until_now = [(one, lab.reported(one.device)) for one in doomed]
    with suppress(AssertionError):  # the tallies say it better
        until(lambda: all(_has_all(lab, one, reported) for one, reported in until_now), 30.0, "all stored", every_s=0.5)
    return [_tally(lab, one, reported) for one, reported in until_now]


def _has_all(lab: RealLab, one: Doomed, reported: Reported) -> bool:
    return _owed(one, reported) <= lab.held(one.device).keys()


def _owed(one: Doomed, reported: Reported) -> AbstractSet[Key]:
    return reported.keys() - one.young - one.unfinished


def _tally(lab: RealLab, one: Doomed, reported: Reported) -> Tally:
    held = lab.held(one.device)
    old = reported.readings.keys() - one.young
    return Tally(
        verdict=judge(held, lab.reported(one.device), _owed(one, reported)),
        durable=len(reported.durable),
        durable_missing=len(reported.durable - held.keys()),
        old=len(old),
        old_missing=len(old - held.keys()),
        young=len(one.young),
        young_stored=len(one.young & held.keys()),
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
