"""A USB keyboard as the kernel's uhid plays it (Documentation/hid/uhid.rst): its reports pass the HID drivers.

It appears and goes away as a real one does, by the work of the HID core.
"""

import os
import struct
import subprocess
from pathlib import Path
from typing import Self

UHID_CREATE2, UHID_INPUT2 = 11, 12
CREATE = struct.Struct("<I128s64s64sHHIIII4096s")
"""Type; name, phys, uniq; size of the descriptor, bus, vendor, product, version, country; the descriptor."""
INPUT = struct.Struct("<IH8s")
BUS_USB = 3
KEYBOARD = bytes.fromhex(
    "05010906a101"  # usage: a keyboard
    "050719e029e7150025017501950881 02"  # eight modifiers, a bit each
    "9501750881 01"  # a byte of nothing
    "95067508150025650507190029658100c0"  # six keys that are down
)
"""The boot keyboard of HID 1.11, appendix B.1, without its lamps."""
USAGES = {"\n": 0x28, "0": 0x27} | {str(digit): 0x1D + digit for digit in range(1, 10)}


class UhidKeyboard:
    """It exists inside `with`, or until `unplug`. `name` is what the kernel calls it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._descriptor = -1

    def __enter__(self) -> Self:
        subprocess.run(["modprobe", "-a", "uhid", "hid-generic", "evdev"], check=True)
        self._descriptor = os.open("/dev/uhid", os.O_RDWR | os.O_CLOEXEC)
        name = self._name.encode()
        made = CREATE.pack(UHID_CREATE2, name, b"", b"", len(KEYBOARD), BUS_USB, 0x08FF, 0x0009, 1, 0, KEYBOARD)
        os.write(self._descriptor, made)
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    def is_there(self) -> bool:
        """The kernel has looked at it, and its device can be opened."""
        names = Path("/sys/class/input").glob("event*/device/name")
        found = [file.parents[1].name for file in names if file.read_text().strip() == self._name]
        return any(Path("/dev/input", event).exists() for event in found)

    def unplug(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def type(self, digits: str) -> None:
        for digit in digits:
            for usage in (USAGES[digit], 0):
                os.write(self._descriptor, INPUT.pack(UHID_INPUT2, 8, bytes([0, 0, usage, 0, 0, 0, 0, 0])))
