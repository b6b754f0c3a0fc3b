"""A garden node against mqtt-io: how soon it measures, what it costs when idle, and how fast it can go."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import lab, peers
from bench.broker import mosquitto
from bench.listener import Listener
from bench.measure import MB, Goal, Measurement, Running, running

ROUNDS = 3
SENSORS = (20, 200)
BEGINS_WITHIN_S = 60.0
SETTLE_S = 7.0
"""By then what was measured before the connection stood has been sent as well."""
IDLE_WINDOW_S = 8.0
WARM_UP_S = 3.0
FLAT_OUT_WINDOW_S = 4.0
OUR_SHORTEST_S = {20: 0.001, 200: 0.015}
THEIR_SHORTEST_S = {20: 0.005, 200: 0.05}
"""Where mqtt-io is fastest once its limit of a second is lifted: read more often, it drowns in its own queue."""


@dataclass(frozen=True, slots=True)
class Party:
    """One of the two programs: where its readings arrive, and how it is started for a broker's port."""

    readings: str
    command: Callable[[Path, int], list[str | Path]]


@dataclass(frozen=True, slots=True)
class Idle:
    """A node that reads each sensor once a second."""

    start_s: float
    rss: float
    pss: float
    cpu: float
    """Share of one core."""


def measure() -> Iterator[Measurement]:
    for sensors in SENSORS:
        yield from _compare_idle(sensors)
        yield from _compare_flat_out(sensors)


def _compare_idle(sensors: int) -> Iterator[Measurement]:
    rounds = [(_idle(_ours(sensors, 1.0)), _idle(_theirs(sensors))) for _ in range(ROUNDS)]
    ours, theirs = zip(*rounds, strict=True)

    def compared(what: str, unit: str, goal: Goal, value: Callable[[Idle], float]) -> Measurement:
        return Measurement(f"{sensors} sensors: {what}", unit, [*map(value, ours)], [*map(value, theirs)], goal)

    yield compared("start to first reading", "s", Goal(most=0.5), lambda idle: idle.start_s)
    yield compared("idle memory, RSS", "MB", Goal(most=1.0), lambda idle: idle.rss / MB)
    yield compared("idle memory, PSS", "MB", Goal(most=1.0), lambda idle: idle.pss / MB)
    yield compared("processor, each read once a second", "% of a core", Goal(most=0.5), lambda idle: idle.cpu * 100)


def _compare_flat_out(sensors: int) -> Iterator[Measurement]:
    what = f"{sensors} sensors: readings sustained"
    ours_shortest, theirs_shortest = OUR_SHORTEST_S[sensors], THEIR_SHORTEST_S[sensors]
    rounds = [
        (_rate(_ours(sensors, ours_shortest)), _rate(_theirs(sensors)), _rate(_theirs(sensors, theirs_shortest)))
        for _ in range(ROUNDS)
    ]
    ours, theirs, hurried = zip(*rounds, strict=True)
    yield Measurement(what, "1/s", ours, theirs, Goal(least=4))
    yield Measurement(f"{what}, mqtt-io with its limit lifted", "1/s", ours, hurried)


def _idle(party: Party) -> Idle:
    with _begun(party) as (process, listener):
        start_s = (listener.first_at or 0.0) - process.started
        time.sleep(SETTLE_S)
        cpu_s, since = process.cpu_s(), time.monotonic()
        time.sleep(IDLE_WINDOW_S)
        cpu = (process.cpu_s() - cpu_s) / (time.monotonic() - since)
        return Idle(start_s, process.rss(), process.pss(), cpu)


def _rate(party: Party) -> float:
    with _begun(party) as (process, listener):
        time.sleep(WARM_UP_S)
        rate = listener.rate(FLAT_OUT_WINDOW_S)
        process.check()
        return rate


@contextmanager
def _begun(party: Party) -> Iterator[tuple[Running, Listener]]:
    """The party alone with a broker of its own, from its first reading on."""
    with (
        TemporaryDirectory() as place,
        mosquitto(Path(place)) as port,
        Listener(port, party.readings) as listener,
        running(party.command(Path(place), port), Path(place, "log"), lab.state(Path(place))) as process,
    ):
        listener.wait_for(1, BEGINS_WITHIN_S, process.check)
        yield process, listener


def _ours(sensors: int, every_s: float) -> Party:
    def command(folder: Path, port: int) -> list[str | Path]:
        return lab.node(lab.configure(folder, port, sensors=sensors, every_s=every_s))

    return Party(lab.READINGS, command)


def _theirs(sensors: int, interval_s: float | None = None) -> Party:
    def command(folder: Path, port: int) -> list[str | Path]:
        return peers.mqtt_io(folder, port, sensors, interval_s)

    return Party(peers.READINGS, command)
