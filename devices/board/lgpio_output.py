"""Outputs of a real Pi: gpiozero on lgpio, on the chip that is found by its label."""

from collections import defaultdict
from collections.abc import Callable
from contextlib import chdir
from functools import cache, partial
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from devices.board.chips import HEADER_LINES, LinePlace, find_line
from devices.board.gpio_request import holder_of, read_chips
from devices.board.lamp import GpiozeroLamp
from devices.board.output import GpiozeroOutput
from devices.errors import AlcolabError, HardwareMissing, LineBusy

Held = TypeVar("Held")


def claim_output(line: str, active_low: bool) -> GpiozeroOutput:
    """Hold an output, inactive; blocks. Errors as in `Board.edges`."""
    return _claimed(line, partial(GpiozeroOutput, line, active_low))


def claim_lamp(line: str, active_low: bool) -> GpiozeroLamp:
    """Hold a lamp, dark; blocks. Errors as in `Board.edges`."""
    return _claimed(line, partial(GpiozeroLamp, line, active_low))


def _claimed(line: str, hold: Callable[[Any], Held]) -> Held:
    """What `hold` makes on a pin factory of its own."""
    place = find_line(line, read_chips())
    if HEADER_LINES.get(line) != place.offset:
        raise HardwareMissing(f"{line} is not on the header: outputs are GPIO0 to GPIO27")
    make_factory, errors = _gpiozero()
    try:
        factory = make_factory(int(place.chip.path.removeprefix("/dev/gpiochip")))
        try:
            return hold(factory)
        except BaseException:
            factory.close()
            raise
    except errors as error:
        raise _explained(line, place, error) from error


@cache
def _gpiozero() -> tuple[Any, tuple[type[Exception], ...]]:
    """What makes a pin factory for a chip's number, and the errors of gpiozero's pins."""
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

        def _set_function(self, value: str) -> None:
            """An output that becomes an output keeps its level."""
            if value != self.function:
                super()._set_function(value)

    class Factory(LGPIOFactory):  # type: ignore[misc] # likewise
        """One for each output: closed, it lets go of line and chip, and whether a line is free, the kernel says.

        gpiozero's own share one table of pins, which still knows those of a chip that went away and came back.
        """

        def __init__(self, chip: int) -> None:
            super().__init__(chip)
            self.pin_class = Pin
            self.pins: dict[Any, Any] = {}
            self._reservations: defaultdict[Any, list[Any]] = defaultdict(list)

    return Factory, (GPIOZeroError, lgpio.error)


def _explained(line: str, place: LinePlace, error: Exception) -> AlcolabError:
    if who := holder_of(place):
        return LineBusy(f"{line} is held by {who}: stop that program, or use another line")
    return HardwareMissing(f"{line} cannot be an output: {error}")
