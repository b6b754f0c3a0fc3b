"""Lamps through gpiozero, whatever its pins are made of."""

from typing import Any, Self

from devices.board.board import Lamp

FREQUENCY_HZ = 100
"""Pulses of a dimmed lamp: faster than the eye."""


class GpiozeroLamp(Lamp):
    """One lamp, on pins of a `factory` of its own; dark from the first moment, and when left.

    Dark and fully lit are plain levels: pulses wake a thread 200 times a second, and only a dimmed lamp needs them.
    """

    def __init__(self, line: str, active_low: bool, factory: Any) -> None:
        from gpiozero import PWMOutputDevice  # type: ignore[import-untyped] # it ships no types

        self._factory = factory
        # By itself, gpiozero would claim the line low, which lights a lamp that is active low.
        factory.pin(line).output_with_state(active_low)
        self._device = PWMOutputDevice(line, active_high=not active_low, frequency=None, pin_factory=factory)

    @property
    def brightness(self) -> float:
        """As it is now."""
        return float(self._device.value)

    def set(self, brightness: float) -> None:
        dimmed = 0.0 < brightness < 1.0
        if dimmed is (self._device.frequency is None):
            self._device.frequency = FREQUENCY_HZ if dimmed else None
        self._device.value = brightness

    def close(self) -> None:
        try:
            self.set(0.0)
        finally:
            self._device.close()
            self._factory.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
