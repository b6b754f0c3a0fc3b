"""I²C chips as the kernel's stub plays them (Documentation/i2c/i2c-stub.rst): registers that a test writes.

The drivers above are the kernel's own, and so are their numbers in sysfs.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEVICES = Path("/sys/bus/i2c/devices")
ADDRESSES = (0x48, 0x49, 0x4F, 0x76, 0x77)
BLOCK = 16
"""Bytes that one `i2cset` writes."""


class I2cChip:
    """A chip at one of `ADDRESSES`. `name` is what an overlay calls it, `driver` the kernel's driver for it."""

    def __init__(self, name: str, address: int, *, driver: str) -> None:
        self._name = name
        self._address = address
        self._driver = Path("/sys/bus/i2c/drivers") / driver
        self._bus = _stub_bus()

    @property
    def at(self) -> str:
        """Its place, as sysfs writes it."""
        return f"{self._bus}-{self._address:04x}"

    @contextmanager
    def present(self) -> Iterator[None]:
        """While inside, the kernel knows of it. Its registers should be there before."""
        bus = DEVICES / f"i2c-{self._bus}"
        (bus / "new_device").write_text(f"{self._name} {self._address:#x}")
        try:
            yield
        finally:
            (bus / "delete_device").write_text(f"{self._address:#x}")

    def unbind(self) -> None:
        """The driver lets go of it, as when the bus fails."""
        (self._driver / "unbind").write_text(self.at)

    def bind(self) -> None:
        (self._driver / "bind").write_text(self.at)

    def write(self, register: int, values: bytes) -> None:
        """Bytes into registers that follow each other, as chips with registers of 8 bits have them."""
        for start in range(0, len(values), BLOCK):
            block = [f"{value:#x}" for value in values[start : start + BLOCK]]
            self._run("i2cset", f"{register + start:#x}", *block, "i")

    def write_word(self, register: int, value: int) -> None:
        """A register of 16 bits, high byte first on the wire."""
        self._run("i2cset", f"{register:#x}", f"{_swapped(value & 0xFFFF):#x}", "w")

    def read_word(self, register: int) -> int:
        return _swapped(int(self._run("i2cget", f"{register:#x}", "w"), 16))

    def _run(self, program: str, *arguments: str) -> str:
        command = [program, "-y", "-f", str(self._bus), f"{self._address:#x}", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _stub_bus() -> int:
    """The number of the stub's bus, which is plugged in when it is first asked for."""
    addresses = ",".join(f"{address:#x}" for address in ADDRESSES)
    subprocess.run(["modprobe", "i2c-stub", f"chip_addr={addresses}"], check=True)
    (bus,) = (name.parent for name in DEVICES.glob("i2c-*/name") if name.read_text() == "SMBus stub driver\n")
    return int(bus.name.removeprefix("i2c-"))


def _swapped(word: int) -> int:
    return word >> 8 | (word & 0xFF) << 8
