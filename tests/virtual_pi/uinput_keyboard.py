"""Keyboards that the kernel's uinput plays: their events are written here and pass through its input core."""

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from devices.board.keys import strokes

if TYPE_CHECKING:
    from evdev import UInput

EV_KEY = 1
CODES = range(1, 128)


class UinputKeyboard:
    """It exists from `plug` to `unplug`. `name` is what the kernel calls it, `path` its device; the number is whichever
    was free.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._device: UInput | None = None
        self.path = Path()

    def plug(self) -> None:
        from evdev import UInput

        subprocess.run(["modprobe", "-a", "uinput", "evdev"], check=True)
        self._device = UInput({EV_KEY: CODES}, name=self._name)
        self.path = Path(str(self._device.device.path))
        self._device.device.close()  # the library opens its inside too, and would be among those who hold it

    def unplug(self) -> None:
        """Whoever holds it."""
        if self._device is not None:
            self._device.close()
            self._device = None

    def press(self, code: int) -> None:
        self._move(code, 1)

    def release(self, code: int) -> None:
        self._move(code, 0)

    def type(self, text: str) -> None:
        for code, down in strokes(text):
            self._move(code, down)

    def _move(self, code: int, value: int) -> None:
        assert self._device is not None, "it is not plugged in"
        self._device.write(EV_KEY, code, value)
        self._device.syn()
