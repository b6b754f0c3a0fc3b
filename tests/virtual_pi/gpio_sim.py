"""GPIO chips of the kernel's own simulator (Documentation/admin-guide/gpio/gpio-sim.rst), and their outside.

The kernel's character device, its interrupts and its debouncing are the real ones; only the pins are played.
"""

from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Self

CONFIG = Path("/sys/kernel/config/gpio-sim")
HEADER = {number: f"GPIO{number}" for number in range(28)}
"""The lines of a Pi's header by their offset on its chip."""
_number = count()


def is_here() -> bool:
    """Whether this kernel plays chips for us."""
    return CONFIG.is_dir()


class GpioSim:
    """One chip, by default the header of a Pi 4. It exists from `plug` to `unplug`, or inside `with`.

    `label` is what its driver calls it, `lines` its named lines by offset out of `size`.
    """

    def __init__(self, label: str = "pinctrl-bcm2711", *, lines: Mapping[int, str] = HEADER, size: int = 58) -> None:
        self.label = label
        self._lines = {name: offset for offset, name in lines.items()}
        self._size = size
        self._config = CONFIG / f"chip{next(_number)}"
        self._folder = Path()

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    @property
    def path(self) -> Path:
        """The chip's device; its number is whichever was free."""
        return Path("/dev") / (self._config / "bank/chip_name").read_text().strip()

    def plug(self) -> None:
        """The chip appears."""
        bank = self._config / "bank"
        bank.mkdir(parents=True)
        (bank / "label").write_text(self.label)
        (bank / "num_lines").write_text(str(self._size))
        for name, offset in self._lines.items():
            (bank / f"line{offset}").mkdir()
            (bank / f"line{offset}/name").write_text(name)
        (self._config / "live").write_text("1")
        device = (self._config / "dev_name").read_text().strip()
        self._folder = Path("/sys/devices/platform") / device / self.path.name

    def unplug(self) -> None:
        """The chip disappears, whoever holds its lines."""
        (self._config / "live").write_text("0")
        for line in (self._config / "bank").glob("line*"):
            line.rmdir()
        (self._config / "bank").rmdir()
        self._config.rmdir()

    def drive(self, line: str, level: bool) -> None:
        """Hold a line high or low from outside."""
        (self.outside(line) / "pull").write_text("pull-up" if level else "pull-down")

    def level(self, line: str) -> bool:
        """Whether the line is high, whoever drives it."""
        return (self.outside(line) / "value").read_text().strip() == "1"

    def outside(self, line: str) -> Path:
        """The folder of the line's outside: its files `pull` and `value`."""
        return self._folder / f"sim_gpio{self._lines[line]}"
