"""The owner of the input process: opens what it needs, starts it, tells it what to do, and outlives it.

The input devices stay open here, so that games see one unbroken gamepad while the process is started again.
"""

import asyncio
import logging
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from devices.arcade.buttons import Button, Seen, Shortcut
from devices.arcade.input.counters import SwitchCounters
from devices.arcade.input.identity import gamepad, keyboard
from devices.arcade.input.process.codes import CHIP_GONE, NOTHING
from devices.arcade.input.tables import BUTTONS, NUMBERS, Outputs, released, tables
from devices.arcade.options import CabinetOptions, Profile
from devices.board.board import Bias, Board, Line, LineRecords
from devices.board.child_process import Child, started
from devices.errors import DeviceOffline

log = logging.getLogger(__name__)

START_WITHIN_S = 30.0
STEADY_AFTER_S = 10.0
"""A process that has run so long has recovered."""
WAITS_S = (0.0, 0.1, 0.2, 0.4, 0.8)
"""Before it is started again, after one death, two in a row, …; one more is too many."""
KEPT_MOST = 1024
"""Presses that wait here for the cabinet; then the oldest go. The game has had them all."""


@dataclass(frozen=True, slots=True)
class Press:
    """A switch that went down or up: of `player` (from 1) and named before remapping.

    `at_ns` is the kernel's CLOCK_MONOTONIC, `latency_ns` the time until the game had it (0 if the edge was lost and the
    level told it), `bounces` how often the contact bounced: it is reported when that is known, a window later.
    """

    player: int
    button: Button
    pressed: bool
    at_ns: int
    latency_ns: int
    bounces: int


@dataclass(frozen=True, slots=True)
class ShortcutUsed:
    """A button that meant something to the cabinet itself, because the shift switch was held."""

    player: int
    shortcut: Shortcut


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the process gets: lines, and for each player an input device."""

    options: CabinetOptions
    records: Sequence[LineRecords]
    outputs: Sequence[Outputs]

    def descriptors(self) -> set[int]:
        """All of them."""
        lines = {each for chip in self.records for each in (chip.descriptor, chip.levels) if each is not None}
        devices = {each for outputs in self.outputs for each in (outputs.gamepad, outputs.keyboard) if each is not None}
        return lines | devices

    def chips(self) -> Sequence[Any]:
        """The arguments of `process.wiring.Chip`."""
        switches = {
            line: (player, NUMBERS[button])
            for player, wired in enumerate(self.options.players)
            for button, line in wired.items()
        }
        return tuple(
            (
                chip.descriptor,
                NOTHING if chip.levels is None else chip.levels,
                tuple((offset, *switches[line]) for offset, line in chip.lines.items()),
            )
            for chip in self.records
        )

    def tables(self, profile: Profile) -> Sequence[Mapping[str, Any]]:
        """A profile, for each player."""
        return tuple(
            tables(player, wired, outputs, profile, self.options.shift)
            for player, (wired, outputs) in enumerate(zip(self.options.players, self.outputs, strict=True))
        )

    def release(self) -> None:
        """Nothing is pressed any more, whatever the process has left behind."""
        for player, outputs in enumerate(self.outputs):
            for descriptor, frame in released(player, outputs):
                with suppress(OSError):  # a device that has gone has released everything
                    os.write(descriptor, frame)


class Controls:
    """The switches of a cabinet. They reach the game by themselves; the cabinet listens, and says who plays and how.

    At first everybody is admitted and the profile is `default`.
    """

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._tables = wiring.tables(wiring.options.profiles["default"])
        self._admitted = len(wiring.options.players)
        self._child: Child | None = None
        self._pulses: list[tuple[Any, ...]] = []
        """Those asked for while there was no process."""
        self._happened: deque[Press | ShortcutUsed] = deque(maxlen=KEPT_MOST)
        self._news = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None
        self.ready = asyncio.Event()
        """Set while the process runs and has taken over the switches."""
        self._counted: dict[tuple[int, Button], SwitchCounters] = {}
        self._counted_before: dict[tuple[int, Button], SwitchCounters] = {}
        """By processes that have died."""
        self.missed = 0
        """Presses that the cabinet was too slow to take."""
        self.restarts = 0

    async def __aiter__(self) -> AsyncIterator[Sequence[Press | ShortcutUsed]]:
        """What happens, in batches.

        Raises:
            DeviceOffline: a chip has gone, or the process dies again and again.
        """
        while True:
            await self._news.wait()
            if self._happened:
                batch = tuple(self._happened)
                self._happened.clear()
                yield batch
            elif self._keeping is not None and self._keeping.done():
                await self._keeping
            else:
                self._news.clear()

    @property
    def counters(self) -> Mapping[tuple[int, Button], SwitchCounters]:
        """Of each player's switches that have been pressed, since these controls were opened."""
        return MappingProxyType(self._counted)

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._child.pid if self._child else None

    def apply(self, profile: Profile) -> None:
        """Understand the switches so from now on. What is held is released and has to be pressed anew.

        Raises:
            BadConfig: the profile wants keys, and no profile of config.yaml does.
        """
        self._tables = self._wiring.tables(profile)
        self._tell(("apply", self._tables))

    def admit(self, players: int) -> None:
        """Let the switches of the first `players` reach the game; what others hold is released."""
        self._admitted = players
        self._tell(("admit", players))

    def pulse(self, player: int, button: Button, duration_s: float) -> None:
        """Press a button (as the game sees it) of a player, from 1, for so long, whoever is admitted."""
        message = ("pulse", player - 1, NUMBERS[button], round(duration_s * 1e9))
        if self._child is None:
            self._pulses.append(message)
        self._tell(message)

    def _tell(self, message: tuple[Any, ...]) -> None:
        if self._child is not None:
            self._child.tell(message)

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Keep a process running.

        Raises:
            DeviceOffline: it does not start.
        """
        keeping = self._keeping = asyncio.create_task(self._keep(), name="input process of the cabinet")
        keeping.add_done_callback(lambda _: self._news.set())
        ready = asyncio.create_task(self.ready.wait(), name="input process: ready?")
        try:
            await asyncio.wait([keeping, ready], timeout=START_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
            if keeping.done():
                await keeping
            if not self.ready.is_set():
                raise DeviceOffline(
                    f"the input process was not ready within {START_WITHIN_S:.0f} s: is this Pi overloaded?"
                )
            yield
        finally:
            for task in (keeping, ready):
                task.cancel()
            await asyncio.gather(keeping, ready, return_exceptions=True)

    async def _keep(self) -> None:
        deaths = 0
        while True:
            since = time.monotonic()
            try:
                code, why = await self._live()
            except OSError as error:
                code, why = NOTHING, f"it cannot be started: {error}"
            finally:
                self._wiring.release()
            if code == CHIP_GONE:
                raise DeviceOffline("the GPIO chip of the cabinet's switches has gone away: plug it in again")
            deaths = 1 if time.monotonic() - since > STEADY_AFTER_S else deaths + 1
            if deaths > len(WAITS_S):
                raise DeviceOffline(f"the input process ended {deaths} times in a row, at last so: {why}")
            log.warning("the input process ended and is started again: %s", why)
            self.restarts += 1
            await asyncio.sleep(WAITS_S[deaths - 1])

    async def _live(self) -> tuple[int, str]:
        """Start a process, and listen to it until it has died."""
        async with started("input process", Path(__file__).parent, self._wiring.descriptors()) as child:
            window_ns = round(self._wiring.options.debounce * 1e9)
            child.tell((window_ns, self._wiring.chips(), self._tables, self._admitted))
            self._child = child
            late = asyncio.get_running_loop().call_later(START_WITHIN_S, child.kill)
            try:
                async for message in child.messages():
                    late.cancel()
                    self._hear(*message)
            finally:
                late.cancel()
                self._child = None
                self.ready.clear()
                self._counted_before = dict(self._counted)
            self._wiring.release()
            return await child.ended()

    def _hear(self, kind: str, *what: Any) -> None:
        match kind, *what:
            case ("ready",):
                self.ready.set()
                for pulse in self._pulses:
                    self._tell(pulse)
                self._pulses.clear()
            case "shortcut", player, shortcut:
                self._happen(ShortcutUsed(player + 1, tuple(Shortcut)[shortcut]))
            case "counted", player, switch, counted:
                self._count(player + 1, BUTTONS[switch], counted)
            case "changed", player, switch, counted, *press:
                self._count(player + 1, BUTTONS[switch], counted)
                self._happen(Press(player + 1, BUTTONS[switch], *press))

    def _count(self, player: int, button: Button, counted: tuple[int, Sequence[int], Sequence[int]]) -> None:
        before = self._counted_before.get((player, button), SwitchCounters())
        self._counted[player, button] = before + SwitchCounters(*counted)

    def _happen(self, what: Press | ShortcutUsed) -> None:
        self.missed += len(self._happened) == KEPT_MOST
        self._happened.append(what)
        self._news.set()


@asynccontextmanager
async def controls(board: Board, options: CabinetOptions) -> AsyncIterator[Controls]:
    """Hold the switches of a cabinet, plug in a gamepad for each player, and connect them.

    Raises:
        LineBusy: another program holds a line.
        HardwareMissing: there is no such line, no GPIO chip or no uinput, or no right to use it.
        DeviceOffline: the process does not start.
    """
    bias = Bias.PULL_UP if options.active_low else Bias.PULL_DOWN
    lines = [Line(line, bias, options.active_low) for wired in options.players for line in wired.values()]
    async with AsyncExitStack() as stack:
        records = await stack.enter_async_context(board.line_records(lines))
        pads = [
            await stack.enter_async_context(board.virtual_input(gamepad(player)))
            for player in range(1, len(options.players) + 1)
        ]
        keys = None
        if any(profile.seen is Seen.KEYBOARD for profile in options.profiles.values()):
            keys = await stack.enter_async_context(board.virtual_input(keyboard()))
        found = Controls(Wiring(options, records, [Outputs(pad, keys) for pad in pads]))
        await stack.enter_async_context(found.kept())
        yield found
