"""Outputs through gpiozero, whatever its pins are made of."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from devices.board.board import Output


class GpiozeroOutput(Output):
    """One output line of gpiozero."""

    def __init__(self, device: Any) -> None:
        self._device = device

    def set(self, active: bool) -> None:
        self._device.value = active


@contextmanager
def gpiozero_output(line: str, *, active_low: bool, factory: Any) -> Iterator[GpiozeroOutput]:
    """Hold `line` on the pins of `factory`, inactive at first and when left."""
    from gpiozero import DigitalOutputDevice

    device = DigitalOutputDevice(line, active_high=not active_low, initial_value=False, pin_factory=factory)
    try:
        yield GpiozeroOutput(device)
    finally:
        device.off()
        device.close()
