"""The board of a real Raspberry Pi."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

from devices.board.board import Edges, HandedOutput, InputDevice, InputIdentity, Lamp, Line, LineRecords, Output
from devices.board.evdev_input import evdev_input
from devices.board.gpio import REQUEST_WITHIN_S, gpiod_edges
from devices.board.gpio_output import gpiod_handed_output
from devices.board.host import HostBoard
from devices.board.lamp import GpiozeroLamp
from devices.board.lgpio_output import claim_lamp, claim_output
from devices.board.line_records import gpiod_line_records
from devices.board.output import GpiozeroOutput
from devices.board.virtual_input import UinputDevices


class PiBoard(HostBoard):
    """The hardware of this Pi. `sysfs` is where its sensors are read: /sys, or a tree of the same shape."""

    def __init__(self, state: Path, *, sysfs: Path = Path("/sys")) -> None:
        super().__init__(state, sysfs=sysfs)
        self._inputs = UinputDevices(self.calls)

    def edges(self, lines: Sequence[Line]) -> AbstractAsyncContextManager[Edges]:
        return gpiod_edges(lines, self.calls)

    @asynccontextmanager
    async def output(self, line: str, *, active_low: bool = False) -> AsyncIterator[Output]:
        claim = partial(claim_output, line, active_low)
        held = await self.calls.run(f"output {line}", claim, deadline_s=REQUEST_WITHIN_S, discard=GpiozeroOutput.close)
        with held:
            yield held

    def handed_output(self, line: str, *, active_low: bool = False) -> AbstractAsyncContextManager[HandedOutput]:
        return gpiod_handed_output(line, active_low, self.calls)

    @asynccontextmanager
    async def lamp(self, line: str, *, active_low: bool = False) -> AsyncIterator[Lamp]:
        claim = partial(claim_lamp, line, active_low)
        held = await self.calls.run(f"lamp {line}", claim, deadline_s=REQUEST_WITHIN_S, discard=GpiozeroLamp.close)
        with held:
            yield held

    def line_records(self, lines: Sequence[Line]) -> AbstractAsyncContextManager[Sequence[LineRecords]]:
        return gpiod_line_records(lines, self.calls)

    def virtual_input(self, identity: InputIdentity) -> AbstractAsyncContextManager[int]:
        return self._inputs.plugged_in(identity)

    def input_device(self, device: str) -> AbstractAsyncContextManager[InputDevice]:
        return evdev_input(device, self.calls)
