"""Readings from a Port to the broker, kept until the history has stored them, against bare aiomqtt that keeps nothing.

Both publish the same topics and payloads to the same broker with the same subscribers: the listener that counts, and
a hub's history in a process of its own.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import lab
from bench.broker import mosquitto
from bench.listener import Listener
from bench.measure import Goal, Measurement, running

ROUNDS = 3
CHANNELS = 20
BEGINS_WITHIN_S = 30.0
SETTLE_S = 3.0
WINDOW_S = 6.0

Command = Callable[[Path, Path, int], list[str | Path]]
"""The publisher's command, for a folder, a configuration and the broker's port."""


def measure() -> Iterator[Measurement]:
    rounds = [(_rate(_ours), _rate(_theirs)) for _ in range(ROUNDS)]
    ours, theirs = zip(*rounds, strict=True)
    what = "readings from Port to broker, history acknowledging; bare aiomqtt, 20 tasks, QoS 1"
    yield Measurement(what, "1/s", ours, theirs, Goal(least=0.8))


def _rate(command: Command) -> float:
    with TemporaryDirectory() as place, hub(Path(place)) as (port, config):
        publisher = running(command(Path(place), config, port), Path(place, "log"))
        with Listener(port, lab.READINGS) as listener, publisher as process:
            listener.wait_for(1, BEGINS_WITHIN_S, process.check)
            time.sleep(SETTLE_S)
            rate = listener.rate(WINDOW_S)
            process.check()
            return rate


@contextmanager
def hub(folder: Path) -> Iterator[tuple[int, Path]]:
    """A broker and a hub whose history is listening; the broker's port and the lab's configuration."""
    with mosquitto(folder) as port:
        config = lab.configure(folder, port, sensors=CHANNELS, history=True)
        availability = f"alcolab/alco/node/{lab.HUB}/availability"
        command = lab.node(config, lab.HUB)
        with (
            Listener(port, availability) as listener,
            running(command, folder / "hub.log", lab.state(folder, lab.HUB)) as process,
        ):
            listener.wait_for(1, BEGINS_WITHIN_S, process.check)
            yield port, config


def _ours(folder: Path, config: Path, _: int) -> list[str | Path]:
    return [sys.executable, "-m", "bench.flood", config, folder / "outbox"]


def _theirs(_: Path, __: Path, port: int) -> list[str | Path]:
    return [sys.executable, "-m", "bench.bare", str(port)]
