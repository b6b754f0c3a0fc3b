"""People at a simulated door: whom it lets in goes through, some hold it open, some leave, and few force it."""

import asyncio
from random import Random

from devices.access.door.options import Contact, DoorOptions, Exit, Fails, Fire
from devices.board.board import Bias
from devices.board.scene import Scene
from devices.board.world import Fault, World

STEP_EVERY_S = 0.05
REACHES_FOR_IT_S = (0.5, 2.0)
GOES_THROUGH_S = (2.0, 6.0)
HOLDS_IT_OPEN = 0.05
"""The share of those who go through and then stand in the door, for twice as long as it may be open."""
LEAVES_AFTER_S = (40.0, 120.0)
"""How long until somebody presses the exit button."""
PRESSED_S, WORN_PRESS_S = 0.4, 0.02
FORCED_AFTER_S = (1200.0, 2400.0)
COMES_BACK_S = 3.0
"""In hours that are free to all, somebody goes through so often."""


class DoorScene(Scene):
    """Offers `<door>/contact` and `<door>/exit` as targets for faults.

    A wire that is unplugged is cut. A contact that hangs stays as it is, one that drifts has lost its magnet, and
    garbage is a loose one. A button that hangs is stuck, one that drifts is worn, and garbage presses by itself.
    """

    config: DoorOptions

    def __init__(self, device: str, config: DoorOptions, world: World) -> None:
        super().__init__(device, config, world)
        self._random = Random(device)  # noqa: S311 - visitors, not secrets
        self._open = False
        self._pressed = False
        for name, part in (("contact", config.contact), ("exit", config.exit)):
            if part is not None:
                world.offer(f"{device}/{name}")
        if config.fire is not None:
            self._drive(config.fire, active=False)
        self._step()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for name, play in (
                ("wires", self._wires),
                ("who comes in", self._come_in),
                ("who leaves", self._leave),
                ("who forces it", self._force),
            ):
                group.create_task(play(), name=f"scene of {self.device}: {name}")

    @property
    def unlocked(self) -> bool:
        """Whether somebody who pulls at it gets it open."""
        strike = self.config.strike
        powered = self.world.pin(strike.line).level is not strike.active_low
        return powered is (strike.fails is Fails.SECURE)

    async def go_through(self) -> None:
        """Open it, go through, and perhaps stand there."""
        stays = self._random.random() < HOLDS_IT_OPEN
        self._open = True
        await asyncio.sleep(2 * self.config.held_open if stays else self._random.uniform(*GOES_THROUGH_S))
        self._open = False

    async def press_exit(self) -> None:
        """Press the button inside."""
        self._pressed = True
        worn = self.world.fault(f"{self.device}/exit") is Fault.DRIFT
        await asyncio.sleep(WORN_PRESS_S if worn else PRESSED_S)
        self._pressed = False

    async def _come_in(self) -> None:
        while True:
            await asyncio.sleep(STEP_EVERY_S)
            if self.unlocked:
                await asyncio.sleep(self._random.uniform(*REACHES_FOR_IT_S))
                await self.go_through()
                await asyncio.sleep(COMES_BACK_S)

    async def _leave(self) -> None:
        while self.config.exit is not None:
            await asyncio.sleep(self._random.uniform(*LEAVES_AFTER_S))
            await self.press_exit()

    async def _force(self) -> None:
        while self.config.contact is not None:
            await asyncio.sleep(self._random.uniform(*FORCED_AFTER_S))
            if not self.unlocked:
                await self.go_through()

    async def _wires(self) -> None:
        while True:
            self._step()
            await asyncio.sleep(STEP_EVERY_S)

    def _step(self) -> None:
        if (contact := self.config.contact) is not None:
            match self.world.fault(f"{self.device}/contact"):
                case None:
                    self._drive(contact, active=self._open)
                case Fault.DRIFT:
                    self._drive(contact, active=True)
                case fault:
                    self._play(contact, fault)
        if (button := self.config.exit) is not None:
            match self.world.fault(f"{self.device}/exit"):
                case None | Fault.DRIFT:
                    self._drive(button, active=self._pressed)
                case Fault.HANG:
                    self._drive(button, active=True)
                case fault:
                    self._play(button, fault)

    def _play(self, part: Contact | Exit, fault: Fault) -> None:
        pin = self.world.pin(part.line)
        if fault is Fault.UNPLUG:
            pin.drive(part.bias is Bias.PULL_UP)
        elif fault is Fault.GARBAGE:
            pin.drive(not pin.driven)

    def _drive(self, part: Contact | Exit | Fire, *, active: bool) -> None:
        pin = self.world.pin(part.line)
        if pin.driven is not (level := active is not part.active_low):
            pin.drive(level)
