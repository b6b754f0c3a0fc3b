"""A board whose hardware is a `World`: the drivers above it are the ones that run on a Pi."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from devices.board.board import (
    CONSUMER,
    Edges,
    HandedOutput,
    InputDevice,
    InputIdentity,
    Lamp,
    Line,
    LineRecords,
    Output,
)
from devices.board.clock import Clock
from devices.board.host import HostBoard
from devices.board.input_records import RecordedInput
from devices.board.lamp import GpiozeroLamp
from devices.board.output import GpiozeroOutput
from devices.board.pin import Pin
from devices.board.simulated_edges import simulated_edges
from devices.board.simulated_line_records import simulated_line_records
from devices.board.simulated_output import simulated_handed_output
from devices.board.world import World
from devices.errors import HardwareMissing

HEADER = re.compile(r"GPIO([0-9]|1[0-9]|2[0-7])")
PI_3B = "a02082"
"""The revision that the mock pins pretend to be, whatever the environment says."""


class SimulatedBoard(HostBoard):
    """The inside of the simulated world. Its kernel, clock and folders are the machine's own."""

    def __init__(self, world: World, state: Path, clock: Clock | None = None) -> None:
        super().__init__(state, sysfs=world.sysfs, clock=clock)
        self._world = world

    @asynccontextmanager
    async def edges(self, lines: Sequence[Line]) -> AsyncIterator[Edges]:
        with simulated_edges([(line, self._pin(line.name)) for line in lines], CONSUMER) as edges:
            yield edges

    @asynccontextmanager
    async def output(self, line: str, *, active_low: bool = False) -> AsyncIterator[Output]:
        from gpiozero.pins.mock import MockFactory, MockPin  # type: ignore[import-untyped] # it ships no types

        pin = self._pin(line)
        factory = MockFactory(revision=PI_3B, pin_class=MockPin)
        mock = factory.pin(line)
        with pin.held(CONSUMER, output=lambda: bool(mock.state)), GpiozeroOutput(line, active_low, factory) as output:
            yield output

    def handed_output(self, line: str, *, active_low: bool = False) -> AbstractAsyncContextManager[HandedOutput]:
        return simulated_handed_output(self._pin(line), active_low, CONSUMER)

    @asynccontextmanager
    async def lamp(self, line: str, *, active_low: bool = False) -> AsyncIterator[Lamp]:
        from gpiozero.pins.mock import MockFactory, MockPWMPin

        pin = self._pin(line)
        factory = MockFactory(revision=PI_3B, pin_class=MockPWMPin)
        mock = factory.pin(line)

        def brightness() -> float:
            return float(1 - mock.state if active_low else mock.state)

        held = pin.held(CONSUMER, output=lambda: mock.state > 0, lamp=brightness)
        with held, GpiozeroLamp(line, active_low, factory) as lamp:
            yield lamp

    @asynccontextmanager
    async def line_records(self, lines: Sequence[Line]) -> AsyncIterator[Sequence[LineRecords]]:
        with simulated_line_records([(line, self._pin(line.name)) for line in lines], CONSUMER) as records:
            yield [records]

    @asynccontextmanager
    async def virtual_input(self, identity: InputIdentity) -> AsyncIterator[int]:
        loop = asyncio.get_running_loop()
        with self._world.plugged_in(identity) as seen:
            loop.add_reader(seen, seen.look)
            try:
                yield seen.inside
            finally:
                loop.remove_reader(seen)

    @asynccontextmanager
    async def input_device(self, device: str) -> AsyncIterator[InputDevice]:
        keyboards = self._world.keyboards
        if device not in keyboards:
            there = ", ".join(keyboards) or "nothing"
            raise HardwareMissing(f"there is no input device {device}: plug it in; there is: {there}")
        with keyboards[device].held(CONSUMER) as descriptor:
            held = RecordedInput(device, descriptor, keyboards[device].down)
            try:
                yield held
            finally:
                held.close()

    def _pin(self, line: str) -> Pin:
        if not HEADER.fullmatch(line):
            raise HardwareMissing(f"there is no line {line}: the lines of a Pi's header are GPIO0 to GPIO27")
        return self._world.pin(line)

    def _place(self, port: str) -> str:
        return str(self._world.serial_path(port))
