"""The simulated outside of one Pi, at the lowest level that the drivers touch: files, wires, pins.

Scenes move it, drivers see it, and faults are played in it. Nothing here knows what a sensor is.
"""

import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from datetime import time as time_of_day
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from devices.board.board import InputIdentity
from devices.board.game_input import GameInput
from devices.board.keyboard import Keyboard
from devices.board.pin import Pin
from devices.board.wire import Wire
from devices.errors import AlcolabError

AMIENS = timezone(timedelta(hours=1), "CET")
"""Simulated days all have 24 hours, and need no time zone database on the machine."""
MORNING = time_of_day(6, 30, tzinfo=AMIENS)
"""When a simulated day begins: the sun is about to rise, and the garden to move."""


class Fault(StrEnum):
    """What can go wrong with something plugged into a Pi."""

    UNPLUG = "unplug"
    HANG = "hang"
    GARBAGE = "garbage"
    DRIFT = "drift"


class World:
    """Files for the kernel's sensors, wires for serial ports, pins for lines, keyboards, a clock of its own, faults."""

    def __init__(self, folder: Path, *, speed: float = 1.0) -> None:
        self.sysfs = folder / "sysfs"
        self.programs = folder / "programs"
        """Where other programs of this Pi keep their files."""
        self._serial = folder / "serial"
        self._new = folder / "new"
        for path in (self.sysfs, self.programs, self._serial):  # a world starts empty, whatever one before it left here
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir(parents=True)
        self._new.unlink(missing_ok=True)
        self._wires: dict[str, Wire] = {}
        self._pins: dict[str, Pin] = {}
        self._keyboards: dict[str, Keyboard] = {}
        self._game_inputs: list[GameInput] = []
        self._faults: dict[str, Fault | None] = {}
        self._speed = speed
        self._since = time.monotonic()
        self._then = datetime.combine(datetime.now(AMIENS), MORNING)

    def close(self) -> None:
        """End it: everything is unplugged."""
        for wire in self._wires.values():
            wire.unplug()
        for keyboard in self._keyboards.values():
            keyboard.unplug()

    @property
    def speed(self) -> float:
        """Simulated seconds per real second; a change makes the clock run on from where it stands."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._then, self._since, self._speed = self.time(), time.monotonic(), speed

    def time(self) -> datetime:
        """The simulated local time; days follow each other."""
        return self._then + timedelta(seconds=(time.monotonic() - self._since) * self._speed)

    def attribute(self, path: str, text: str) -> None:
        """Create or replace a file of the sysfs tree; whoever reads it sees the old text or the new one."""
        attribute = self._below_sysfs(path)
        self._new.write_text(text)
        waiting = _held_open([attribute])
        self._new.replace(attribute)
        for fifo in waiting:
            os.write(fifo, text.encode())
            os.close(fifo)

    def hang(self, path: str) -> None:
        """Whoever opens this file from now on waits until `attribute` or `remove`: it becomes a FIFO."""
        attribute = self._below_sysfs(path)
        if not attribute.is_fifo():
            os.mkfifo(self._new)
            self._new.replace(attribute)

    def remove(self, path: str) -> None:
        """A file or a folder disappears; what is not there stays so."""
        gone = self.sysfs / path
        waiting = _held_open([gone, *gone.rglob("*")])
        if gone.is_dir():
            shutil.rmtree(gone)
        else:
            gone.unlink(missing_ok=True)
        for fifo in waiting:
            os.close(fifo)

    def _below_sysfs(self, path: str) -> Path:
        attribute = self.sysfs / path
        attribute.parent.mkdir(parents=True, exist_ok=True)
        return attribute

    def serial(self, port: str) -> Wire:
        """The outside end of a serial port; asking for it plugs it in, once."""
        if port not in self._wires:
            self._wires[port] = Wire(self.serial_path(port))
            self._wires[port].plug()
        return self._wires[port]

    def serial_path(self, port: str) -> Path:
        """Where the inside end of a serial port is opened; nothing is there while it is unplugged."""
        return self._serial / quote(port, safe="")

    def pin(self, line: str) -> Pin:
        """The outside end of a GPIO line."""
        return self._pins.setdefault(line, Pin(line))

    def keyboard(self, device: str) -> Keyboard:
        """The outside end of an input device; asking for it plugs it in, once."""
        if device not in self._keyboards:
            self._keyboards[device] = Keyboard(device)
            self._keyboards[device].plug()
        return self._keyboards[device]

    @property
    def keyboards(self) -> Mapping[str, Keyboard]:
        """Those that are plugged in."""
        return {device: keyboard for device, keyboard in self._keyboards.items() if keyboard.plugged}

    @contextmanager
    def plugged_in(self, identity: InputIdentity) -> Iterator[GameInput]:
        """A virtual input device of the Pi's side, which games see so long."""
        with closing(GameInput(identity)) as seen:
            self._game_inputs.append(seen)
            try:
                yield seen
            finally:
                self._game_inputs.remove(seen)

    @property
    def game_inputs(self) -> Sequence[GameInput]:
        """The virtual input devices, in the order in which games see them."""
        return tuple(self._game_inputs)

    def game_input(self, name: str) -> GameInput:
        """What a game sees of one of them, by its name.

        Raises:
            AlcolabError: there is none.
        """
        for seen in self._game_inputs:
            if seen.identity.name == name:
                return seen
        there = ", ".join(seen.identity.name for seen in self._game_inputs)
        raise AlcolabError(f"games see no input device {name}; they see: {there or 'nothing'}")

    def offer(self, target: str) -> None:
        """Say that `target` can be broken; a scene does so for each of its sensors. What was broken stays so."""
        self._faults.setdefault(target, None)

    def withdraw(self, target: str) -> None:
        """It can be broken no longer, because its scene has ended."""
        self._faults.pop(target, None)

    @property
    def targets(self) -> Mapping[str, Fault | None]:
        """What can be broken, and the fault now played."""
        return MappingProxyType(self._faults)

    def play(self, target: str, fault: Fault) -> None:
        """Break it.

        Raises:
            AlcolabError: nothing of that name can be broken.
        """
        self._faults[self._known(target)] = fault

    def mend(self, target: str) -> None:
        """Repair it; errors as in `play`."""
        self._faults[self._known(target)] = None

    def fault(self, target: str) -> Fault | None:
        """The fault now played; a scene asks before each step."""
        return self._faults.get(target)

    def _known(self, target: str) -> str:
        if target in self._faults:
            return target
        close = get_close_matches(target, self._faults, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there is: {', '.join(sorted(self._faults)) or 'nothing'}"
        raise AlcolabError(f"nothing simulated is called {target}; {hint}")


def _held_open(paths: Iterable[Path]) -> list[int]:
    """Descriptors of the FIFOs among `paths`: they wake whoever waits in one, and closing them ends the wait."""
    return [os.open(path, os.O_RDWR | os.O_CLOEXEC) for path in paths if path.is_fifo()]
