"""A node that comes back after an hour without its hub: how long live readings wait while the backlog drains."""

import itertools
import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import lab
from bench.listener import Listener
from bench.measure import Goal, Measurement, running
from bench.throughput import CHANNELS, hub
from devices.board.clock import Moment, SystemClock, parse_rfc3339
from devices.device import Reading
from hub.bus import Entry
from hub.mqtt.outbox.disk import OutboxDisk, Writer

ROUNDS = 2
OUTAGE_S = 3600
LOG = f"{lab.GARDEN}.before"
DRAINS_WITHIN_S = 120.0
AT = re.compile(rb'"at":"([^"]+)"')


def measure() -> Iterator[Measurement]:
    rounds = [_drain() for _ in range(ROUNDS)]
    drained_s, delays = zip(*rounds, strict=True)
    readings = OUTAGE_S * CHANNELS
    worst = [max(each) for each in delays]
    usual = [sorted(each)[int(len(each) * 0.99)] for each in delays]
    live = f"live readings while {readings:,} drain"
    yield Measurement(f"{live}: longest delay", "s", worst, goal=Goal(most=1.0))
    yield Measurement(f"{live}: 99 of 100 within", "s", usual, goal=Goal(most=1.0))
    yield Measurement(f"{readings:,} readings of an hour stored after", "s", drained_s)


def _drain() -> tuple[float, list[float]]:
    """Seconds until the history has stored the backlog, and the delays of the live readings meanwhile."""
    with TemporaryDirectory() as place, hub(Path(place)) as (port, config):
        environment = lab.state(Path(place))
        _fill(Path(environment["STATE_DIRECTORY"], "outbox"))
        delays: list[float] = []
        marks: list[int] = []

        def hear_reading(_: bytes, payload: bytes) -> None:
            found = AT.search(payload)
            assert found is not None
            delays.append((datetime.now(UTC) - parse_rfc3339(found[1].decode())).total_seconds())

        def hear_stored(_: bytes, payload: bytes) -> None:
            marks.append(json.loads(payload).get(LOG, 0))

        with (
            Listener(port, lab.READINGS, hear_reading) as readings,
            Listener(port, lab.STORED, hear_stored),
            running(lab.node(config), Path(place, "log"), environment) as node,
        ):
            readings.wait_for(1, DRAINS_WITHIN_S, node.check)
            since = time.monotonic()
            while max(marks, default=0) < OUTAGE_S * CHANNELS:
                if time.monotonic() - since > DRAINS_WITHIN_S:
                    raise TimeoutError(f"stored only up to {max(marks, default=0)} after {DRAINS_WITHIN_S:g} s")
                node.check()
                time.sleep(0.05)
            return time.monotonic() - since, list(delays)


def _fill(folder: Path) -> None:
    """The outbox as an earlier run left it after an hour, in which nobody took what it measured."""
    began = datetime.now(UTC) - timedelta(seconds=OUTAGE_S)
    moments = [Moment(began + timedelta(seconds=second)) for second in range(OUTAGE_S)]
    numbers = itertools.count(1)
    readings = [
        Entry(lab.BED, Reading(f"sensor-{n}", 1.5 + n / 8, "V", at), LOG, next(numbers))
        for at in moments
        for n in range(CHANNELS)
    ]
    writer = Writer(LOG, SystemClock().boot, int(began.timestamp() * 1000), untrusted=False)
    disk = OutboxDisk(folder, writer, size=10**9)
    disk.write(readings, ())
    disk.close()
