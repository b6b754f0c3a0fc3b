"""The input process alone, as its owner starts it: the test is the kernel below it, the game above, and the owner."""

import marshal
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from devices.arcade.buttons import Button
from devices.arcade.input.process.codes import MESSAGE_MOST
from devices.arcade.input.process.wiring import FALLING, RECORD, RISING
from devices.arcade.input.tables import NUMBERS, Outputs, tables
from devices.arcade.options import Profile, Shift
from devices.board.child_process import BEGIN
from tests.devices.arcade.input.game import Game

PACKAGE = Path(__file__).parents[4] / "devices/arcade/input"
WINDOW_NS = 5_000_000
WITHIN_S = 10.0


class Running:
    """A cabinet on one chip: each player has every switch, on the line player * 17 + its number."""

    def __init__(self, profile: Profile, shift: Shift | None, players: int, window_ns: int, held: int) -> None:
        # A stream, so that records that wait are read together, as the kernel gives them.
        self._line, line = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._control, control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pads = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(players)]
        self._levels = os.memfd_create("levels")
        self._level = held
        self._show()
        self._pads = [outside for outside, _ in pads]
        self._seqno = 0
        self.writes: list[int] = []
        """The player for whom each write was."""
        self.games = [Game() for _ in pads]
        self.said: list[Any] = []
        line.setblocking(False)
        for each in (*(outside for outside, _ in pads), *(inside for _, inside in pads), self._control):
            each.setblocking(False)
        inside = [inside.fileno() for _, inside in pads]
        descriptors = (line.fileno(), control.fileno(), self._levels, *inside)
        command = [sys.executable, "-I", "-S", "-c", BEGIN, str(control.fileno()), str(PACKAGE)]
        self.process = subprocess.Popen(command, pass_fds=descriptors)
        lines = tuple((player * 17 + number, player, number) for player in range(players) for number in range(17))
        self._outputs = [Outputs(descriptor, None) for descriptor in inside]
        self._shift = shift
        chips = ((line.fileno(), self._levels, lines),)
        self.tell(window_ns, chips, self.tables(profile), players)
        for each in (line, control, *(inside for _, inside in pads)):
            each.close()

    def tables(self, profile: Profile) -> Sequence[Any]:
        return tuple(tables(n, tuple(Button), to, profile, self._shift) for n, to in enumerate(self._outputs))

    def tell(self, *message: Any) -> None:
        self._control.send(marshal.dumps(message))

    def _show(self) -> None:
        os.pwrite(self._levels, self._level.to_bytes(8, sys.byteorder), 0)

    def turn(self, *switches: tuple[Button, bool], player: int = 0, unseen: Collection[int] = ()) -> None:
        """Switches go down or up, at once; of those whose place is in `unseen` the kernel has dropped the record."""
        records = b""
        for place, (button, pressed) in enumerate(switches):
            line = player * 17 + NUMBERS[button]
            self._level = self._level | 1 << line if pressed else self._level & ~(1 << line)
            self._seqno += 1
            if place not in unseen:
                kind = RISING if pressed else FALLING
                records += RECORD.pack(time.monotonic_ns(), kind, line, self._seqno, 0)
        self._show()
        if records:
            self._line.send(records)

    def until(self, condition: Any) -> None:
        """Look at the games and listen to the process until it is so."""
        deadline = time.monotonic() + WITHIN_S
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"did not come true within {WITHIN_S:.0f} s")
            self.look(0.05)

    def look(self, timeout_s: float = 0.0) -> None:
        ready, _, _ = select.select([*self._pads, self._control], [], [], timeout_s)
        for each in ready:
            received = each.recv(MESSAGE_MOST)
            if each in self._pads:
                player = self._pads.index(each)
                self.games[player].take(received)
                self.writes += [player] if received else []
            elif received:
                self.said.append(marshal.loads(received))  # noqa: S302 - from our own process

    def play(self) -> None:
        """The first player's game waits for what comes next, and nobody listens to the process."""
        select.select(self._pads[:1], [], [], WITHIN_S)
        self.games[0].take(self._pads[0].recv(MESSAGE_MOST))

    def settle(self) -> None:
        """Let every window end."""
        until = time.monotonic() + 4 * WINDOW_NS / 1e9
        while time.monotonic() < until:
            self.look(0.005)

    @property
    def presses(self) -> list[tuple[Any, ...]]:
        """Player, switch, whether pressed, and bounces, as they were reported."""
        return [(m[1], m[2], m[4], m[7]) for m in self.said if m[0] == "changed"]

    def unplug(self) -> None:
        self._line.close()

    def abandon(self) -> None:
        """As when the owner dies."""
        self._control.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for each in (self._line, self._control, *self._pads):
            each.close()
        os.close(self._levels)


@contextmanager
def running(
    profile: Profile | None = None,
    shift: Shift | None = None,
    *,
    players: int = 1,
    window_ns: int = WINDOW_NS,
    held: Collection[Button] = (),
) -> Iterator[Running]:
    """Ready to play; `held` are down already."""
    levels = sum(1 << NUMBERS[button] for button in held)
    started = Running(profile or Profile(), shift, players, window_ns, levels)
    try:
        started.until(lambda: ("ready",) in started.said)
        yield started
    finally:
        started.close()
