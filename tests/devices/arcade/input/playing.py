"""A cabinet with somebody at its switches, and a game that looks at its input devices."""

import asyncio
import fcntl
import os
import signal
import struct
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from devices.arcade.buttons import Button
from devices.arcade.input.keys import EV_ABS, EV_KEY
from devices.arcade.input.owner import Controls, Press
from devices.arcade.input.tables import EVENT
from devices.arcade.options import CabinetOptions, Profile, Shift
from devices.board.board import Board
from tests.devices.arcade.input.game import Game
from tests.devices.board.bench import Bench, PiBench, SimulatedBench
from tests.virtual_pi.gpio_sim import GpioSim
from tests.waiting import until

PAD, SECOND_PAD, KEYBOARD = "ALCOLAB Player 1", "ALCOLAB Player 2", "ALCOLAB Keyboard"
FIRST = (Button.UP, Button.DOWN, Button.LEFT, Button.RIGHT, Button.SOUTH, Button.EAST, Button.START, Button.SELECT)
SECOND = (Button.LEFT, Button.RIGHT, Button.SOUTH)
LINES: Mapping[tuple[int, Button], str] = {
    (player, button): f"GPIO{number}"
    for number, (player, button) in enumerate(
        (player, button) for player, buttons in ((1, FIRST), (2, SECOND)) for button in buttons
    )
}
DROPPED = (0, 3)
"""EV_SYN and SYN_DROPPED of <linux/input-event-codes.h>."""
KEY_BYTES, ABSINFO_BYTES = 96, 24
EVIOCGKEY, EVIOCGABS = 0x80004518 | KEY_BYTES << 16, 0x80004540 | ABSINFO_BYTES << 16
HAT_X, HAT_Y = 0x10, 0x11
DEBOUNCE_S = 0.05
"""Longer than the emulated processor needs for a train of bounces."""


def options(
    *, debounce: float = DEBOUNCE_S, shift: Shift | None = None, profiles: Mapping[str, Profile] | None = None
) -> CabinetOptions:
    """A cabinet for two."""
    return CabinetOptions(
        players=tuple(
            {button: line for (of_player, button), line in LINES.items() if of_player == player} for player in (1, 2)
        ),
        debounce=debounce,
        shift=shift,
        profiles={"default": Profile()} | dict(profiles or {}),
    )


def held_now(descriptor: int) -> bytes:
    """What the kernel says when a game was too slow to read all: every key and the hat, as events."""
    keys = fcntl.ioctl(descriptor, EVIOCGKEY, bytes(KEY_BYTES))
    events = [EVENT.pack(0, 0, EV_KEY, code, keys[code // 8] >> code % 8 & 1) for code in range(8 * KEY_BYTES)]
    for axis in (HAT_X, HAT_Y):
        (value,) = struct.unpack_from("@i", fcntl.ioctl(descriptor, EVIOCGABS + axis, bytes(ABSINFO_BYTES)))
        events.append(EVENT.pack(0, 0, EV_ABS, axis, value))
    return b"".join(events)


class Watched:
    """A game, looked at whenever it is asked."""

    def __init__(self, take: Callable[[], bytes]) -> None:
        self._take = take
        self._game = Game()

    def _look(self) -> Game:
        self._game.take(self._take())
        return self._game

    @property
    def pressed(self) -> set[int]:
        return self._look().pressed

    @property
    def moved(self) -> Mapping[int, int]:
        return self._look().moved

    @property
    def seen(self) -> list[tuple[int, int]]:
        return self._look().seen

    @property
    def is_quiet(self) -> bool:
        return self._look().is_quiet


class Played(ABC):
    """Switches pull to ground."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.board: Board = bench.board
        for line in LINES.values():
            bench.drive(line, True)

    def press(self, *buttons: Button, player: int = 1) -> None:
        for button in buttons:
            self.bench.drive(LINES[player, button], False)

    def release(self, *buttons: Button, player: int = 1) -> None:
        for button in buttons:
            self.bench.drive(LINES[player, button], True)

    @abstractmethod
    def game(self, name: str = PAD) -> Watched:
        """What a game sees from now on of an input device."""

    @abstractmethod
    def lose_the_chip(self) -> None:
        """The chip of all lines goes away."""


class PlayedInTheWorld(Played):
    def __init__(self, bench: SimulatedBench) -> None:
        super().__init__(bench)
        self._world = bench.world

    def game(self, name: str = PAD) -> Watched:
        device = self._world.game_input(name)
        taken = len(device.changes)

        def take() -> bytes:
            nonlocal taken
            new = device.changes[taken:]
            taken += len(new)
            return b"".join(EVENT.pack(0, 0, *change) for change in new)

        return Watched(take)

    def lose_the_chip(self) -> None:
        self._world.pin(LINES[1, Button.UP]).lose()


class PlayedOnThePi(Played):
    def __init__(self, bench: PiBench) -> None:
        super().__init__(bench)
        self.header = bench._header
        self._other: GpioSim | None = None

        self._is_lost = False

    def close(self) -> None:
        """The header is plugged in, as its bench expects."""
        if self._is_lost:
            self.header.plug()
        if self._other is not None:
            self._other.unplug()

    def game(self, name: str = PAD) -> Watched:
        (event,) = (
            path.parents[1].name
            for path in Path("/sys/class/input").glob("event*/device/name")
            if path.read_text().strip() == name
        )
        descriptor = os.open(Path("/dev/input") / event, os.O_RDONLY | os.O_NONBLOCK)

        def take() -> bytes:
            taken = b""
            with suppress(BlockingIOError):
                while True:
                    taken += os.read(descriptor, 64 * EVENT.size)
            dropped = any((kind, code) == DROPPED for *_, kind, code, _ in EVENT.iter_unpack(taken))
            return held_now(descriptor) if dropped else taken

        return Watched(take)

    def lose_the_chip(self) -> None:
        self.header.unplug()
        self._is_lost = True

    def renumber(self) -> Path:
        """The header's chip comes back with another number; which it was."""
        before = self.header.path
        self.header.unplug()
        self._other = GpioSim("an expander", lines={})
        self._other.plug()
        self.header.plug()
        for line in LINES.values():
            self.header.drive(line, True)
        return before


async def settled(seconds: float = 4 * DEBOUNCE_S) -> None:
    """Every window has ended."""
    await asyncio.sleep(seconds)


async def killed(found: Controls, how: signal.Signals = signal.SIGKILL) -> None:
    """The process is killed, and another has taken over."""
    pid = found.pid
    assert pid is not None
    os.kill(pid, how)
    await until(lambda: found.pid not in {pid, None})
    await found.ready.wait()


async def presses(controls: Controls, count: int) -> list[Press]:
    """The next so many that are reported."""
    found: list[Press] = []
    async with asyncio.timeout(20):
        async for batch in controls:
            found += [each for each in batch if isinstance(each, Press)]
            if len(found) >= count:
                break
    return found


def voluntary_sleeps(pid: int) -> int:
    """How often a process has gone to sleep by itself."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("voluntary_ctxt_switches:")[2].split()[0])
