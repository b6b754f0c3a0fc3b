"""The same programs on this machine: records of a played line come over a socket, keys go back over it.

Tails in the virtual Pi are the emulator's. Here a second condition makes them: a daemon at work beside.
"""

import socket
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from bench import lab
from bench.broker import mosquitto
from bench.edges.run import Run, c_program, drive, run
from bench.listener import Listener
from bench.measure import Goal, Measurement, running
from tests.brokers import free_port

ROUNDS = 14
EDGES = 2500
PERIOD_US = 1000
OURS = {"process": "a process of its own", "loop": "the event loop"}
P99 = "99 of 100"
PARTS: Mapping[str, Callable[[Run], float]] = {"median": lambda run: run.median_us, P99: lambda run: run.p99_us}
NONE = Goal(most=0)
GOALS = {("process", P99): Goal(most=2)}
"""None for the event loop: what must be quick beside others has a process of its own."""
SENSORS, EVERY_S = 100, 0.1
POLLED_EVERY_S = 0.05
PATIENCE_S = 10.0
BEGINS_WITHIN_S = 30.0
SETTLE_S = 5.0


def measure() -> Iterator[Measurement]:
    conditions: Mapping[str, Callable[[], AbstractContextManager[object]]] = {
        "quiet": nullcontext,
        "beside a busy daemon": _busy_daemon,
    }
    for condition, beside in conditions.items():
        with beside():
            runs = _runs()
        for name, words in OURS.items():
            ours, c = runs[name], runs["c"]
            what = f"over a socket, {condition}, {words}; C"
            for part, time_us in PARTS.items():
                goal = GOALS.get((name, part))
                yield Measurement(f"{what}: {part}", "µs", [*map(time_us, ours)], [*map(time_us, c)], goal)
            lost = [float(each.lost) for each in ours]
            yield Measurement(f"edges lost over a socket, {condition}, {words}", "edges", lost, goal=NONE)


def _runs() -> Mapping[str, list[Run]]:
    """Of each program, in turn."""
    found: dict[str, list[Run]] = defaultdict(list)
    with c_program() as program:
        reactions = {"c": [program, "react"]}
        reactions |= {how: [sys.executable, "-m", "bench.edges.react", how] for how in OURS}
        driving = drive(program, EDGES, PERIOD_US)
        for _ in range(ROUNDS):
            for name, command in reactions.items():
                inside, outside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                with inside, outside:
                    found[name].append(run(name, command, driving, inside.fileno(), outside.fileno()))
    return found


@contextmanager
def _busy_daemon() -> Iterator[None]:
    """A node that reads, publishes and stores 1,000 values a second, and serves its page again and again."""
    with TemporaryDirectory() as place, mosquitto(Path(place)) as port:
        folder, web = Path(place), free_port()
        config = lab.configure(folder, port, sensors=SENSORS, every_s=EVERY_S, web=web)
        with (
            Listener(port, lab.READINGS) as listener,
            running(lab.node(config), folder / "log", lab.state(folder)) as daemon,
        ):
            listener.wait_for(1, BEGINS_WITHIN_S, daemon.check)
            with visitor(web, "garden"):
                time.sleep(SETTLE_S)
                cpu_s, since_s = daemon.cpu_s(), time.monotonic()
                yield
                cpu = (daemon.cpu_s() - cpu_s) / (time.monotonic() - since_s)
                print(f"the busy daemon used {cpu:.0%} of a core", flush=True)


@contextmanager
def visitor(port: int, page: str) -> Iterator[None]:
    """Somebody who asks for a page again and again, and is served each time."""
    ended = threading.Event()

    def ask() -> None:
        while not ended.wait(POLLED_EVERY_S):
            with urlopen(f"http://127.0.0.1:{port}/{page}", timeout=PATIENCE_S) as served:
                served.read()

    with ThreadPoolExecutor(1, "visitor") as visitors:
        visiting = visitors.submit(ask)
        try:
            yield
        finally:
            ended.set()
        visiting.result()
