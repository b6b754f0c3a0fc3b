"""The show: it drives the lamps as what is so demands, and sleeps while nothing moves."""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from devices.arcade.buttons import Button
from devices.arcade.lights.patterns import DARK, LIT, Light, Mood, light_of
from devices.arcade.options import LampOptions, Shows
from devices.board.board import Board, Lamp
from devices.errors import HardwareMissing, LineBusy

log = logging.getLogger(__name__)

TEST_S = 0.7
"""How long each lamp is lit when they are tried."""
STEPS = 64
"""Brightnesses that are told apart: a lamp is set when it changes by one of them."""


@asynccontextmanager
async def light_show(board: Board, lamps: Sequence[LampOptions]) -> AsyncIterator["LightShow"]:
    """Hold the lamps and drive them; all are dark when left. One that cannot be held is among the `problems`."""
    async with AsyncExitStack() as stack:
        held: list[tuple[LampOptions, Lamp]] = []
        problems: dict[str, str] = {}
        for options in lamps:
            try:
                lamp = await stack.enter_async_context(board.lamp(options.line, active_low=options.active_low))
            except (LineBusy, HardwareMissing) as error:
                problems[f"lamp {options.line}"] = str(error)
                log.warning("lamp %s stays dark: %s", options.line, error)
            else:
                held.append((options, lamp))
        show = LightShow(held, problems)
        async with asyncio.TaskGroup() as tasks:
            driving = tasks.create_task(show.run(), name="lamps")
            try:
                yield show
            finally:
                driving.cancel()


class LightShow:
    """The lamps that are held, with what each shines like now."""

    def __init__(self, lamps: Sequence[tuple[LampOptions, Lamp]], problems: Mapping[str, str]) -> None:
        self.problems = problems
        """Lamps that could not be held, and what to do."""
        self._options = [options for options, _ in lamps]
        self._lamps = [lamp for _, lamp in lamps]
        self._shown = [0] * len(lamps)
        self._mood = Mood()
        self._pressed_at_s: dict[tuple[int, Button], float] = {}
        """When each switch was last pressed; infinite while it is held."""
        self._tested: int | None = None
        self._testing = asyncio.Lock()
        self._changed = asyncio.Event()

    def show(self, mood: Mood) -> None:
        """What is so from now on."""
        if mood != self._mood:
            self._mood = mood
            self._changed.set()

    def press(self, player: int, button: Button, pressed: bool) -> None:
        """A switch, as it is wired, was pressed or let go: its lamp follows."""
        now_s = time.monotonic()
        self._pressed_at_s[player, button] = math.inf if pressed else now_s
        if any(self._is_at(options, player, button) for options in self._options):
            self._changed.set()

    async def test(self) -> None:
        """Light each lamp in turn, and no other."""
        async with self._testing:
            try:
                for index in range(len(self._lamps)):
                    self._tested = index
                    self._changed.set()
                    await asyncio.sleep(TEST_S)
            finally:
                self._tested = None
                self._changed.set()

    async def run(self) -> None:
        """Drive the lamps until cancelled."""
        while True:
            self._changed.clear()
            now_s = time.monotonic()
            lights = [self._light(index, now_s) for index in range(len(self._lamps))]
            self._set(lights)
            await self._sleep(min((light.until_s for light in lights), default=math.inf) - now_s)

    @staticmethod
    def _is_at(options: LampOptions, player: int, button: Button) -> bool:
        return options.shows is Shows.BUTTON and (options.player, options.button) == (player, button)

    def _light(self, index: int, now_s: float) -> Light:
        if self._tested is not None:
            return LIT if index == self._tested else DARK
        options = self._options[index]
        pressed_at_s = None
        if options.player is not None and options.button is not None:
            pressed_at_s = self._pressed_at_s.get((options.player, options.button))
        return light_of(self._options, index, self._mood, now_s, pressed_at_s)

    def _set(self, lights: Sequence[Light]) -> None:
        for index, light in enumerate(lights):
            step = round(light.brightness * STEPS)
            if step != self._shown[index]:
                self._shown[index] = step
                self._lamps[index].set(step / STEPS)

    async def _sleep(self, seconds: float) -> None:
        """Until then, or until something changes."""
        try:
            async with asyncio.timeout(None if seconds == math.inf else seconds):
                await self._changed.wait()
        except TimeoutError:
            pass
