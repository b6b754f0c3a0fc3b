"""Outputs through gpiozero, whatever its pins are made of."""

from typing import Any, Self

from devices.board.board import Output


class GpiozeroOutput(Output):
    """One output line, on pins of a `factory` of its own; inactive from the first moment, and when left."""

    def __init__(self, line: str, active_low: bool, factory: Any) -> None:
        from gpiozero import OutputDevice  # type: ignore[import-untyped] # it ships no types

        self._factory = factory
        self._device = OutputDevice(line, active_high=not active_low, initial_value=False, pin_factory=factory)

    def set(self, active: bool) -> None:
        self._device.value = active

    def close(self) -> None:
        try:
            self._device.off()
        finally:
            self._device.close()
            self._factory.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
