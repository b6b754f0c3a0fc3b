"""A board is the way to one Pi's hardware. `PiBoard` is the real one, `SimulatedBoard` plays the outside world.

Both satisfy one contract, so that a driver cannot tell them apart. Cameras take their place here with the family that
needs them.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, NoReturn, TypeAlias

from devices.board.clock import Clock

CONSUMER = "alcolab"
"""What the kernel tells others who find a line busy."""


class Bias(StrEnum):
    """The resistor inside the Pi that holds an unconnected input."""

    AS_IS = "as-is"
    PULL_UP = "pull-up"
    PULL_DOWN = "pull-down"
    DISABLED = "disabled"


class EdgeKind(StrEnum):
    """Which changes of level are of interest."""

    RISING = "rising"
    FALLING = "falling"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Line:
    """A GPIO input line, by the name that is printed on the header's pinout (`GPIO17`)."""

    name: str
    bias: Bias = Bias.AS_IS
    active_low: bool = False
    debounce_s: float = 0.0
    edges: EdgeKind = EdgeKind.BOTH


class Edge(NamedTuple):
    """One change of level: `active` is the logical level after it, `monotonic_ns` the kernel's CLOCK_MONOTONIC.

    `line_seqno` counts this line's edges from 1: a gap is an edge that the kernel had to drop. It is a tuple, because
    making one is on the way of every edge.
    """

    line: str
    active: bool
    monotonic_ns: int
    line_seqno: int


TakesEdge: TypeAlias = Callable[[Edge], object]
"""Is called in the event loop, so it must not block."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A piece of hardware that a device holds: `kind` is `line`, `serial`, …, `name` which one.

    Two claims of one kind and name on one Pi clash, unless both carry the same `shared_as`.
    """

    kind: str
    name: str
    shared_as: str | None = None


class InputEvent(NamedTuple):
    """A key that went down (`value` 1), repeats (2) or went up (0), or another change.

    `type` and `code` are numbers of <linux/input-event-codes.h>; `monotonic_ns` is the kernel's CLOCK_MONOTONIC, which
    it tells here in whole microseconds.
    """

    type: int
    code: int
    value: int
    monotonic_ns: int


@dataclass(frozen=True, slots=True)
class InputReport:
    """What changed at one moment.

    `lost`: the kernel had to drop events before this one. Its own then are the keys that have gone down or up since
    the last report, in no order; the text that was typed meanwhile is unknown.
    """

    events: Sequence[InputEvent]
    lost: bool = False


@dataclass(frozen=True, slots=True)
class LineRecords:
    """Lines of one chip whose edges a process of its own reads.

    `descriptor` is non-blocking and gives whole records, `struct gpio_v2_line_event` of <linux/gpio.h>; an end of file
    or an error there means that the chip is gone. `lines` are our names by a record's field `offset`.

    `levels` is None where the kernel tells them, with GPIO_V2_LINE_GET_VALUES_IOCTL on `descriptor`; else a descriptor
    whose first eight bytes are them, in the machine's order. Bit n is the nth of `lines`, 1 while it is active.
    """

    descriptor: int
    lines: Mapping[int, str]
    levels: int | None


@dataclass(frozen=True, slots=True)
class HandedOutput:
    """An output line that a process of its own holds, inactive at first.

    Where `kernel`, it is driven with GPIO_V2_LINE_SET_VALUES_IOCTL on `descriptor`, as bit 0; else by writing one byte
    there, 1 or 0. After `hand_over` that process is the only one that has it: when it dies the line is released.
    """

    descriptor: int
    kernel: bool
    hand_over: Callable[[], None]


@dataclass(frozen=True, slots=True)
class InputIdentity:
    """What a game sees of an input device of ours. Numbers are those of <linux/input.h>.

    `name` has at most 79 bytes. `axes` are the least and the most of each; they rest at 0.
    """

    name: str
    bus: int
    vendor: int
    product: int
    version: int
    keys: tuple[int, ...]
    axes: Mapping[int, tuple[int, int]]


class Edges(ABC):
    """Requested input lines."""

    _taken: Sequence[Edge] = ()
    """By the iteration, and by nobody from it yet."""

    @abstractmethod
    async def listen(self, take: TakesEdge) -> NoReturn:
        """Call `take` with each edge, in the order of the kernel, until cancelled or until `take` raises.

        One can listen at a time. While nobody does, edges wait in the kernel's bounded queue.

        Raises:
            DeviceOffline: the chip disappeared.
        """

    async def __aiter__(self) -> AsyncIterator[Sequence[Edge]]:
        """The same in batches, a turn of the event loop later, for who waits for other things as well.

        A wait that is cancelled loses none: they come with the next. Errors as in `listen`.
        """
        while True:
            while not self._taken:
                await self._happened()
            taken, self._taken = self._taken, ()
            yield taken

    async def _happened(self) -> None:
        def take(edge: Edge) -> None:
            self._taken = (*self._taken, edge)
            listening.cancel()

        listening = asyncio.create_task(self.listen(take), name="waiting for edges")
        try:
            await asyncio.wait([listening])
        finally:
            listening.cancel()
        if not listening.cancelled():
            listening.result()

    @abstractmethod
    def level(self, line: str) -> bool:
        """The logical level now."""


class Output(ABC):
    """An output line, safe (inactive) when released, cancelled or killed as far as the kernel allows."""

    @abstractmethod
    def set(self, active: bool) -> None:
        """Drive the logical level."""


class Lamp(ABC):
    """A lamp, dark when released, cancelled or killed as far as the kernel allows."""

    @abstractmethod
    def set(self, brightness: float) -> None:
        """From 0.0, dark, to 1.0, fully lit.

        Raises:
            ValueError: it is neither nor between them.
        """


class InputDevice(ABC):
    """A keyboard, or what pretends to be one, as many badge readers do: held, so that nobody else gets its keys."""

    @abstractmethod
    def __aiter__(self) -> AsyncIterator[InputReport]:
        """Reports in the order of the kernel, which keeps some ten keystrokes while nobody asks: 64 records.

        Raises:
            DeviceOffline: it was unplugged.
        """


class Serial(ABC):
    """An open serial port; reading and writing happen on its descriptor in the event loop."""

    @abstractmethod
    async def read(self) -> bytes:
        """At least one byte, as soon as there are any.

        Raises:
            DeviceOffline: the port was unplugged or closed by the other side.
        """

    @abstractmethod
    async def write(self, data: bytes) -> None:
        """Write all of `data`.

        Raises:
            DeviceOffline: the port was unplugged.
            NoReply: the other side did not take it within a second.
        """


class Sysfs(ABC):
    """The kernel's sensor drivers as files (IIO, hwmon, 1-Wire), read without ever blocking the event loop."""

    @abstractmethod
    async def find(self, subsystem: str, name: str, *, at: str | None = None) -> Path:
        """The folder of the device that the kernel calls `name`: `iio` looks below bus/iio/devices, `hwmon` below
        class/hwmon, `w1` below bus/w1/devices. `at` is the parent device (`1-0048`), to tell twins apart.

        Raises:
            DeviceOffline: no such device, or several; the message lists what is there.
        """

    @abstractmethod
    async def read(self, attribute: Path, *, deadline_s: float = 5.0) -> str:
        """The attribute's text.

        Raises:
            DeviceOffline: it is absent or the driver gave an error.
            NoReply: the driver did not answer before the deadline; its thread is left behind, and a further read
                of the same attribute is refused so long as that one hangs.
        """

    @abstractmethod
    async def write(self, attribute: Path, text: str, *, deadline_s: float = 5.0) -> None:
        """Set an attribute; errors as in `read`."""


class Board(ABC):
    """One Pi's hardware, and a durable folder for each device."""

    clock: Clock
    sysfs: Sysfs
    forgets: bool = False
    """Whether its folders are thrown away with it: then nothing may be given away that only they hold."""

    @abstractmethod
    def edges(self, lines: Sequence[Line]) -> AbstractAsyncContextManager[Edges]:
        """Hold input lines and report their edges with kernel timestamps.

        Raises:
            LineBusy: another program holds one; the message names it.
            HardwareMissing: there is no such line or no GPIO chip.
        """

    @abstractmethod
    def output(self, line: str, *, active_low: bool = False) -> AbstractAsyncContextManager[Output]:
        """Hold an output line, inactive at first and when left."""

    @abstractmethod
    def handed_output(self, line: str, *, active_low: bool = False) -> AbstractAsyncContextManager[HandedOutput]:
        """Ask for an output line that a process of its own holds; errors as in `edges`.

        The descriptor goes to it by its `pass_fds`. This is left when the process has ended.
        """

    @abstractmethod
    def lamp(self, line: str, *, active_low: bool = False) -> AbstractAsyncContextManager[Lamp]:
        """Hold an output line that feeds a lamp, dark at first and when left; errors as in `edges`."""

    @abstractmethod
    def line_records(self, lines: Sequence[Line]) -> AbstractAsyncContextManager[Sequence[LineRecords]]:
        """Hold input lines whose edges a process of its own reads: every edge of them, not debounced.

        Descriptors go to the other process by its `pass_fds`. Errors as in `edges`.
        """

    @abstractmethod
    def virtual_input(self, identity: InputIdentity) -> AbstractAsyncContextManager[int]:
        """Plug in an input device of our own: games see what is written to the descriptor, `struct input_event`.

        It is gone when this is left, whoever else has the descriptor, and when the last who has it has died; with it
        everything is released.

        Raises:
            HardwareMissing: no uinput in this kernel, or no right to use it.
        """

    @abstractmethod
    def input_device(self, device: str) -> AbstractAsyncContextManager[InputDevice]:
        """Hold a keyboard for ourselves, by its path (`/dev/input/by-id/…`) or by what the kernel calls it.

        Raises:
            LineBusy: another program holds it; the message names it where that can be seen.
            HardwareMissing: there is none, or several, and the message lists what is there; or no right to open it.
        """

    @abstractmethod
    def serial(self, port: str, *, baudrate: int = 9600) -> AbstractAsyncContextManager[Serial]:
        """Open a serial port (8N1) by its device path or pyserial URL.

        Raises:
            HardwareMissing: there is no such port, or no right to open it.
            LineBusy: another program holds it.
        """

    @abstractmethod
    def folder(self, device: str) -> Path:
        """A folder of its own for what this device must remember; it exists.

        Raises:
            HardwareMissing: it cannot be made, on a disk that is full or read-only.
        """
