"""The same on this machine: records of a played line come over a socket, the gamepad's events go back over it.

Tails in the virtual Pi are the emulator's. Here a second condition makes them: a whole lab at work beside.
"""

import os
import socket
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.arcade.cabinet import SWITCHES
from bench.arcade.in_virtual_pi import C_SOURCE
from bench.edges.on_host import visitor
from bench.edges.run import WARM_UP, Run, c_program, driven, reacting
from bench.lab import ALCOLAB
from bench.listener import Listener
from bench.measure import Goal, Measurement, running
from devices.arcade.buttons import Button
from tests.brokers import free_port

ROUNDS = 20
EDGES = 1000
PERIOD_US = 3333
WINDOW_US = 1000
LAB = Path(__file__).parents[2] / "config.yaml"
CABINET = "alcolab/alco/cabinet/#"
P99 = "99 of 100"
PARTS: Mapping[str, Callable[[Run], float]] = {"median": lambda run: run.median_us, P99: lambda run: run.p99_us}
GOALS = {P99: Goal(most=2)}
NONE = Goal(most=0)
LEVELS_BYTES = 8
BEGINS_WITHIN_S = 60.0
SETTLE_S = 10.0


def measure() -> Iterator[Measurement]:
    conditions: Mapping[str, Callable[[], AbstractContextManager[object]]] = {
        "quiet": nullcontext,
        "beside a busy cabinet": _busy_cabinet,
    }
    for condition, beside in conditions.items():
        with beside():
            runs = _runs()
        ours, c = runs["cabinet"], runs["c"]
        what = f"over a socket, {condition}"
        for part, time_us in PARTS.items():
            yield Measurement(f"{what}; C: {part}", "µs", [*map(time_us, ours)], [*map(time_us, c)], GOALS.get(part))
        yield Measurement(f"{what}; C: CPU an edge", "µs", [each.cpu_us for each in ours], [each.cpu_us for each in c])
        yield Measurement(f"{what}: lost of 300 a second", "edges", [float(each.lost) for each in ours], goal=NONE)


def _runs() -> Mapping[str, Sequence[Run]]:
    """Of each program, in turn; both run all the time."""
    found: dict[str, list[Run]] = defaultdict(list)
    with ExitStack() as stack:
        ours, edges = stack.enter_context(c_program(C_SOURCE)), stack.enter_context(c_program())
        python = [sys.executable, "-m", "bench.arcade.cabinet"]
        turned = [
            Turned(stack, "c", [ours, str(WINDOW_US), "{levels}", str(len(SWITCHES))]),
            Turned(stack, "cabinet", [*python, str(WINDOW_US), "0", "{levels}"]),
        ]
        for each in turned * ROUNDS:
            found[each.name].append(each.run(edges))
    return found


class Turned:
    """A program that reacts to a played line. Its command says `{levels}` for the descriptor of these."""

    def __init__(self, stack: ExitStack, name: str, command: Sequence[str]) -> None:
        self.name = name
        self._levels = os.memfd_create(name)
        os.ftruncate(self._levels, LEVELS_BYTES)
        inside, self._outside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        stack.enter_context(self._outside)
        stack.callback(os.close, self._levels)
        react = [word.format(levels=self._levels) for word in command]
        with inside:
            self._pid = stack.enter_context(reacting(name, react, inside.fileno(), self._levels))

    def run(self, edges_program: str) -> Run:
        """Edges of its line, one each period."""
        numbers = (WARM_UP + EDGES, PERIOD_US, SWITCHES.index(Button.SOUTH))
        play = [edges_program, "play", *map(str, numbers), f"/dev/fd/{self._levels}"]
        return driven(self.name, self._pid, play, self._outside.fileno(), self._levels)


@contextmanager
def _busy_cabinet() -> Iterator[None]:
    """`alcolab demo`: children play at the cabinet and its lamps follow, the garden is read, all is published and
    stored, and the cabinet's page served again and again.
    """
    with TemporaryDirectory() as place:
        web, port = free_port(), free_port()
        demo: list[str | Path] = [ALCOLAB, "demo", "--config", LAB, "--port", str(web), "--broker-port", str(port)]
        with running(demo, Path(place) / "log") as lab:
            for service in (port, web):
                _wait_for(service, lab.check)
            with Listener(port, CABINET) as listener, visitor(web, "arcade"):
                time.sleep(SETTLE_S)
                cpu_s, said, since_s = lab.cpu_s(), listener.count, time.monotonic()
                yield
                lasted_s = time.monotonic() - since_s
                cpu = (lab.cpu_s() - cpu_s) / lasted_s
                said_a_second = (listener.count - said) / lasted_s
                print(f"the busy lab used {cpu:.0%} of a core; its cabinet said {said_a_second:.1f}/s", flush=True)


def _wait_for(port: int, check: Callable[[], None]) -> None:
    """Until something listens there."""
    deadline = time.monotonic() + BEGINS_WITHIN_S
    while True:
        check()
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
