"""People at a simulated machine: whoever has badged in lets it work, and now and then something goes wrong.

Who badges in is played by the scene of the badge reader.
"""

import asyncio
from dataclasses import replace
from random import Random

from devices.board.scene import Scene
from devices.board.world import World
from devices.machines.options import CurrentLine, MachineOptions, SessionRules
from devices.machines.scenery import Current, CurrentContact, CurrentFile

STEP_EVERY_S = 0.2
JOB_AFTER_S = (3.0, 8.0)
"""From power to the first job, and from one to the next."""
JOB_S = (6.0, 20.0)
OOPS_ONCE_IN = 12
"""Jobs that go wrong."""
PRESSED_S = 0.5
QUICK = SessionRules(most=60.0, warning=20.0, grace=10.0)
"""The longest session while somebody watches a demonstration."""
REST_S = 2.0


class MachineScene(Scene):
    """Offers as a target for faults `<device>/current`, where the machine has a sensor."""

    config: MachineOptions

    def __init__(self, device: str, config: MachineOptions, world: World) -> None:
        super().__init__(device, config, world)
        self._random = Random(device)  # noqa: S311 - visitors, not secrets
        self._relay = world.pin(config.relay.line)
        self._relay.drive(config.relay.active_low)  # the resistor outside the Pi
        self._current = self._played_current()
        self._works = False
        if config.oops:
            self._button = world.pin(config.oops.line)
            self._button.drive(config.oops.active_low)

    @classmethod
    def quickened(cls, config: MachineOptions) -> MachineOptions:
        """Sessions and pauses of seconds."""
        quick = {
            name: min(getattr(config.session, name), getattr(QUICK, name)) for name in ("most", "warning", "grace")
        }
        current = config.current and replace(config.current, rest=min(config.current.rest, REST_S))
        return replace(config, session=replace(config.session, **quick), current=current)

    def _played_current(self) -> Current | None:
        target = f"{self.device}/current"
        match self.config.current:
            case None:
                return None
            case CurrentLine() as contact:
                return CurrentContact(self.world, target, contact)
            case sensor:
                return CurrentFile(self.world, target, sensor)

    @property
    def powered(self) -> bool:
        """Whether the machine has power."""
        return self._relay.level is not self.config.relay.active_low

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._machine(), name=f"scene of {self.device}: the machine")
            group.create_task(self._jobs(), name=f"scene of {self.device}: jobs")

    async def _machine(self) -> None:
        while True:
            if self._current:
                self._current.show(self._works and self.powered)
            await asyncio.sleep(STEP_EVERY_S)

    async def _jobs(self) -> None:
        while True:
            await asyncio.sleep(self._random.uniform(*JOB_AFTER_S))
            if self.powered:
                await self._job()

    async def _job(self) -> None:
        self._works = True
        try:
            await asyncio.sleep(self._random.uniform(*JOB_S))
        finally:
            self._works = False
        if self.config.oops and self._random.randrange(OOPS_ONCE_IN) == 0:
            await self.press_button()

    async def press_button(self) -> None:
        """Something is wrong."""
        if self.config.oops:
            self._button.drive(not self.config.oops.active_low)
            await asyncio.sleep(PRESSED_S)
            self._button.drive(self.config.oops.active_low)
