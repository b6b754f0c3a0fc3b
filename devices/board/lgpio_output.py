"""Outputs of a real Pi: gpiozero on lgpio, on the chip that is found by its label."""

from contextlib import chdir
from functools import cache
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from devices.board.chips import HEADER_LINES, LinePlace, find_line
from devices.board.gpio_request import holder_of, read_chips
from devices.board.output import GpiozeroOutput
from devices.errors import AlcolabError, HardwareMissing, LineBusy

_claiming = Lock()
"""gpiozero's tables of pins are shared by all of a process."""


def claim_output(line: str, active_low: bool) -> GpiozeroOutput:
    """Hold an output, inactive; blocks. Errors as in `Board.edges`."""
    place = find_line(line, read_chips())
    if HEADER_LINES.get(line) != place.offset:
        raise HardwareMissing(f"{line} is not on the header: outputs are GPIO0 to GPIO27")
    with _claiming:
        factory, errors = _factory(place.chip.path)
        try:
            return GpiozeroOutput(line, active_low, factory)
        except errors as error:
            raise _explained(line, place, error) from error


@cache
def _factory(chip: str) -> tuple[Any, tuple[type[Exception], ...]]:
    """A pin factory of our own, not gpiozero's global one, and the errors that its pins raise."""
    try:
        # While it is imported, lgpio leaves a FIFO in the working directory.
        with TemporaryDirectory() as folder, chdir(folder):
            from gpiozero import GPIOZeroError  # type: ignore[import-untyped] # it ships no types
            from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin, lgpio  # type: ignore[import-untyped] # likewise
    except ImportError as error:
        raise HardwareMissing("the library lgpio is missing here: `apt install python3-lgpio`") from error

    class Pin(LGPIOPin):  # type: ignore[misc] # an untyped class of gpiozero
        """Takes its level with the claim, where gpiozero claims first: a low-active relay would twitch."""

        def output_with_state(self, state: bool) -> None:
            lgpio.gpio_claim_output(self.factory._handle, self._number, int(state))  # noqa: SLF001 - as gpiozero's own pins do

        def close(self) -> None:
            super().close()
            lgpio.gpio_free(self.factory._handle, self._number)  # noqa: SLF001 - so that others may have the line

    try:
        factory = LGPIOFactory(chip=int(chip.removeprefix("/dev/gpiochip")))
    except (GPIOZeroError, lgpio.error) as error:
        raise HardwareMissing(f"gpiozero cannot use {chip}: {error}") from error
    factory.pin_class = Pin
    return factory, (GPIOZeroError, lgpio.error)


def _explained(line: str, place: LinePlace, error: Exception) -> AlcolabError:
    if who := holder_of(place):
        return LineBusy(f"{line} is held by {who}: stop that program, or use another line")
    return HardwareMissing(f"{line} cannot be an output: {error}")
