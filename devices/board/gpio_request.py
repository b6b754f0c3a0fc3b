"""Asking the kernel for GPIO lines, and saying in words why it refuses."""

import errno
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from devices.board.board import CONSUMER, Line
from devices.board.chips import Chip, LinePlace, find_line
from devices.errors import AlcolabError, HardwareMissing, LineBusy

if TYPE_CHECKING:
    from gpiod import LineRequest, LineSettings

EDGES_MOST = 1024
"""The most that the kernel keeps for one request: GPIO_V2_LINES_MAX * 16."""


@dataclass(frozen=True, slots=True)
class Requested:
    """The kernel's request for lines of one chip, and their names by offset."""

    request: "LineRequest"
    names: Mapping[int, str]


def request_lines(lines: Sequence[Line]) -> Sequence[Requested]:
    """One request for each chip, all of them or none; blocks. Errors as in `Board.edges`."""
    chips = read_chips()
    of_chip: dict[str, list[tuple[Line, LinePlace]]] = {}
    for line in lines:
        place = find_line(line.name, chips)
        of_chip.setdefault(place.chip.path, []).append((line, place))
    requested: list[Requested] = []
    try:
        requested.extend(_request(path, places) for path, places in of_chip.items())
    except BaseException:
        release(requested)
        raise
    return requested


def request_output(name: str, active_low: bool) -> "LineRequest":
    """Hold an output, inactive from the first moment; blocks. Errors as in `Board.edges`."""
    place = find_line(name, read_chips())
    import gpiod
    from gpiod.line import Direction, Value

    settings = gpiod.LineSettings(direction=Direction.OUTPUT, active_low=active_low, output_value=Value.INACTIVE)
    try:
        return gpiod.request_lines(place.chip.path, {place.offset: settings}, consumer=CONSUMER)
    except (OSError, ValueError) as error:
        raise _refused([(name, place)], error) from error


def release(requested: Sequence[Requested]) -> None:
    """Let go of the lines."""
    for each in requested:
        each.request.release()


def _request(path: str, places: Sequence[tuple[Line, LinePlace]]) -> Requested:
    import gpiod

    settings: dict[Iterable[int | str] | int | str, LineSettings | None] = {
        place.offset: settings_of(line) for line, place in places
    }
    names = {place.offset: line.name for line, place in places}
    if len(settings) < len(places):
        raise LineBusy(f"one of these lines is asked for twice: {', '.join(line.name for line, _ in places)}")
    try:
        request = gpiod.request_lines(path, settings, consumer=CONSUMER, event_buffer_size=EDGES_MOST)
    except (OSError, ValueError) as error:
        raise _refused([(line.name, place) for line, place in places], error) from error
    return Requested(request, names)


def settings_of(line: Line) -> "LineSettings":
    """A line as gpiod describes it."""
    from gpiod import LineSettings
    from gpiod.line import Bias, Clock, Direction, Edge

    return LineSettings(
        direction=Direction.INPUT,
        edge_detection=Edge[line.edges.name],
        bias=Bias[line.bias.name],
        active_low=line.active_low,
        debounce_period=timedelta(seconds=line.debounce_s),
        event_clock=Clock.MONOTONIC,
    )


def _refused(places: Sequence[tuple[str, LinePlace]], error: Exception) -> AlcolabError:
    names = ", ".join(name for name, _ in places)
    if isinstance(error, OSError) and error.errno == errno.EBUSY:
        held = [f"{name} is held by {who}" for name, place in places if (who := holder_of(place))]
        return LineBusy(f"{', '.join(held) or names + ' is busy'}: stop that program, or use another line")
    if isinstance(error, PermissionError):
        return HardwareMissing(f"this user may not use {names}: add the user to the group gpio")
    return HardwareMissing(f"the kernel refuses {names} with these settings: {error}")


def holder_of(place: LinePlace) -> str | None:
    """Who holds a line, as the kernel knows it; None if nobody does. Blocks."""
    import gpiod

    with gpiod.Chip(place.chip.path) as chip:
        line = chip.get_line_info(place.offset)
        return (line.consumer or "the kernel") if line.used else None


def read_chips(devices: Path = Path("/dev")) -> Sequence[Chip]:
    """All GPIO chips of this machine; blocks.

    Raises:
        HardwareMissing: this user may not open one; its cause is then a PermissionError.
    """
    return tuple(_chips(_gpiod(), devices))


def _chips(gpiod: ModuleType, devices: Path) -> Iterator[Chip]:
    for path in sorted(devices.glob("gpiochip*")):
        if path.is_symlink():  # a second name for the same chip
            continue
        try:
            with gpiod.Chip(str(path)) as chip:
                info = chip.get_info()
                lines = tuple(chip.get_line_info(offset).name or "" for offset in range(info.num_lines))
        except PermissionError as error:
            raise HardwareMissing(f"this user may not open {path}: add the user to the group gpio") from error
        except OSError:  # it has just gone away
            continue
        yield Chip(str(path), info.label, lines)


def _gpiod() -> ModuleType:
    try:
        import gpiod
    except ImportError as error:
        raise HardwareMissing("the library gpiod (2.0 or newer) is missing here: `make install`") from error
    return gpiod
