"""The input tester: what each switch does, for whoever watches, and what is wrong with it, for technicians."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from devices.arcade.buttons import Button
from devices.arcade.input.counters import SwitchCounters
from devices.arcade.input.owner import Controls, Press
from devices.arcade.options import CabinetOptions
from devices.arcade.panel.kept_file import Unreadable
from devices.arcade.panel.lives import Lives
from devices.arcade.panel.wear import Switch, silent, worn
from devices.arcade.problems import Problems
from devices.device import Json, Port
from devices.errors import StorageFull

WATCH_S = 60.0
"""`watch` shows so long what is pressed."""
PRESSED_EVERY_S = 0.1
"""And no oftener than this."""
SWITCHES_EVERY_S = 2.0
"""While somebody watches."""
JUDGE_EVERY_S = 60.0
"""While somebody plays. Nothing wakes up while nobody does."""
KEEP_EVERY_S = 600.0
"""What was counted is said and saved so often; a power cut loses no more."""
STUCK_AFTER_S = 7200.0
STUCK = f"pressed for over {STUCK_AFTER_S / 3600:g} hours: does it stick, or is its wire caught?"
MEMORY = "memory of switches"


class InputTester:
    """Of one cabinet, while its controls are open."""

    def __init__(
        self, options: CabinetOptions, folder: Path, port: Port, problems: Problems, controls: Controls
    ) -> None:
        self._options = options
        self._port = port
        self._problems = problems
        self._controls = controls
        self._lives = Lives(options, folder)
        self._pressed: dict[Switch, int] = {}
        """Since when, in ns of the monotonic clock."""
        self._gaps = self._gaps_so_far()
        self._worn: dict[Switch, str] = {}
        self._troubles: Mapping[Switch, str] = {}
        self._watched_until_s = 0.0
        self._keep_at_s = 0.0
        self._watching = asyncio.Event()
        self._moved = asyncio.Event()
        """A switch, since the state `pressed` was said."""
        self._stirred = asyncio.Event()
        """A switch or a watcher, since the switches were looked at."""

    def press(self, press: Press) -> None:
        """A switch went down or up."""
        self._forget_what_was_missed()
        switch = press.player, press.button
        if press.pressed:
            self._pressed[switch] = press.at_ns
        else:
            self._pressed.pop(switch, None)
        self._moved.set()
        self._stirred.set()

    def watch(self) -> None:
        """Somebody watches, for a minute from now on."""
        self._watched_until_s = time.monotonic() + WATCH_S
        self._watching.set()
        self._stirred.set()

    async def renew(self, player: int, button: Button) -> None:
        """A new switch was fitted: its counts begin anew.

        Raises:
            Refused: no such switch is wired.
        """
        self._lives.count(self._controls.counters)
        self._lives.renew(player, button)
        self._judge()
        self._say_switches()
        await self._save()

    async def load(self) -> None:
        """Go on with what was counted before: first of all."""
        try:
            await self._lives.load()
        except Unreadable as error:
            self._problems.found(MEMORY, str(error))

    async def run(self) -> None:
        """Show, count and judge until cancelled; then everything is on the disk."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._show_pressed(), name=f"{self._port.device}: pressed switches")
                tasks.create_task(self._keep_count(), name=f"{self._port.device}: counts of switches")
        finally:
            self._lives.count(self._controls.counters)
            if self._lives.unsaved:
                await asyncio.shield(self._save())

    async def _show_pressed(self) -> None:
        while True:
            self._port.state("pressed", {})
            await self._watching.wait()
            while (left_s := self._watched_until_s - time.monotonic()) > 0:
                self._moved.clear()
                self._say_pressed()
                await asyncio.sleep(PRESSED_EVERY_S)
                await _happens(self._moved, left_s)
            self._watching.clear()

    async def _keep_count(self) -> None:
        self._say_switches()
        while True:
            self._stirred.clear()
            self._lives.count(self._controls.counters)
            keep = self._lives.unsaved and time.monotonic() >= self._keep_at_s
            if self._judge() or keep or self._is_watched:
                self._say_switches()
            if keep:
                self._keep_at_s = time.monotonic() + KEEP_EVERY_S
                await self._save()
            await self._rest()

    async def _rest(self) -> None:
        """Until it is time to look again: without a press there is none."""
        if self._is_watched:
            await asyncio.sleep(SWITCHES_EVERY_S)
        elif await _happens(self._stirred, KEEP_EVERY_S if self._pressed or self._lives.unsaved else None):
            await _happens(self._watching, JUDGE_EVERY_S)

    @property
    def _is_watched(self) -> bool:
        return time.monotonic() < self._watched_until_s

    def _judge(self) -> bool:
        """Whether there is something new."""
        self._forget_what_was_missed()
        lives, before = self._lives.all, self._troubles
        worn_now = worn(lives, self._worn)
        self._worn = {switch: self._worn.get(switch, why) for switch, why in worn_now.items()}
        self._troubles = {**silent(lives), **self._worn, **self._stuck()}
        self._problems.replace(
            "switch ", {f"switch {player} {button}": why for (player, button), why in self._troubles.items()}
        )
        return self._troubles != before

    def _stuck(self) -> Mapping[Switch, str]:
        latest_ns = time.monotonic_ns() - round(STUCK_AFTER_S * 1e9)
        return {switch: STUCK for switch, since_ns in self._pressed.items() if since_ns < latest_ns}

    def _forget_what_was_missed(self) -> None:
        """After a gap nobody knows what was let go meanwhile; what is still held is said anew."""
        if (gaps := self._gaps_so_far()) != self._gaps:
            self._gaps = gaps
            self._pressed.clear()
            self._moved.set()

    def _gaps_so_far(self) -> tuple[int, int]:
        return self._controls.restarts, self._controls.missed

    async def _save(self) -> None:
        try:
            await self._lives.save()
        except StorageFull as error:
            self._problems.found(MEMORY, str(error))
        else:
            self._problems.over(MEMORY)

    def _say_pressed(self) -> None:
        self._forget_what_was_missed()
        self._port.state(
            "pressed",
            {
                str(player): tuple(button for button in wired if (player, button) in self._pressed)
                for player, wired in enumerate(self._options.players, start=1)
            },
        )

    def _say_switches(self) -> None:
        self._port.state(
            "switches",
            {
                str(player): {str(button): self._switch((player, button)) for button in wired}
                for player, wired in enumerate(self._options.players, start=1)
            },
        )

    def _switch(self, switch: Switch) -> Mapping[str, Json]:
        life, counters = self._lives.all[switch], self._controls.counters.get(switch, SwitchCounters())
        median, p99 = counters.latency_us(0.5), counters.latency_us(0.99)
        return {
            "presses": life.presses,
            "bounces": dict(zip(("0", "1", "2", "3+"), life.total, strict=True)),
            "latency_us": None if median is None or p99 is None else {"median": round(median), "p99": round(p99)},
            "worn": self._troubles.get(switch),
        }


async def _happens(event: asyncio.Event, within_s: float | None) -> bool:
    """Whether it does within this time; None: wait for ever."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            return await event.wait()
    return False
