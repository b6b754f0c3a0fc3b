"""The current of a simulated machine, as its sensor or its contact tells it."""

from abc import ABC, abstractmethod

from devices.board.world import Fault, World
from devices.machines.options import CurrentLine, CurrentSensor

PLACES = {"iio": ("bus/iio/devices", "iio:device", ""), "hwmon": ("class/hwmon", "hwmon", "/hwmon")}
"""Where the kernel lists the chips, what it calls them, and where below an I²C address they are listed once more."""


class Current(ABC):
    """What is shown of the current; `target` is its name among what can be broken."""

    def __init__(self, world: World, target: str) -> None:
        self._world = world
        self._target = target
        world.offer(target)

    def show(self, works: bool) -> None:
        """The machine does a job, or rests; or something is wrong with its sensor."""
        self.play(works, self._world.fault(self._target))

    @abstractmethod
    def play(self, works: bool, fault: Fault | None) -> None:
        """Show it with a fault."""


class CurrentContact(Current):
    """Unplugged it is open for ever, hanging it is closed; nobody can tell that from a machine."""

    def __init__(self, world: World, target: str, options: CurrentLine) -> None:
        super().__init__(world, target)
        self._pin = world.pin(options.line)
        self._active_low = options.active_low
        self._closed: bool | None = None
        self.play(False, None)

    def play(self, works: bool, fault: Fault | None) -> None:
        closed = fault is Fault.HANG or (works and fault is not Fault.UNPLUG)
        if closed is not self._closed:
            self._closed = closed
            self._pin.drive(closed is not self._active_low)


class CurrentFile(Current):
    """Unplugged its file is gone; one that drifts sees half; garbage is no number."""

    def __init__(self, world: World, target: str, options: CurrentSensor) -> None:
        super().__init__(world, target)
        self._options = options
        self._chip = _chip(world, options)
        self._shown: str | None = None
        self.play(False, None)

    def play(self, works: bool, fault: Fault | None) -> None:
        path = f"{self._chip}/{self._options.attribute}"
        match fault:
            case Fault.UNPLUG:
                self._world.remove(path)
                self._shown = None
                return
            case Fault.HANG:
                self._world.hang(path)
                self._shown = None
                return
            case Fault.GARBAGE:
                text = "nan\n"
            case _:
                number = self._options.running if works else self._options.idle
                text = f"{round(number / 2 if fault is Fault.DRIFT else number)}\n"
        if text != self._shown:
            self._world.attribute(path, text)
            self._shown = text


def _chip(world: World, options: CurrentSensor) -> str:
    """The folder of the chip: one that is there already, or a new one with the next number."""
    listing, numbered, inside = PLACES[options.type]
    chips = sorted((world.sysfs / listing).glob(f"{numbered}*"))
    for chip in chips:
        here = world.sysfs / f"bus/i2c/devices/{options.at}{inside}/{chip.name}"
        if (chip / "name").read_text().strip() == options.name and (options.at is None or here.is_dir()):
            return f"{listing}/{chip.name}"
    new = f"{numbered}{len(chips)}"
    world.attribute(f"{listing}/{new}/name", f"{options.name}\n")
    if options.at is not None:
        world.attribute(f"bus/i2c/devices/{options.at}{inside}/{new}/name", f"{options.name}\n")
    return f"{listing}/{new}"
