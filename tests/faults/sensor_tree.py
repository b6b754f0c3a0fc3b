"""A tree of sensors as the kernel shows them, in ordinary files: each can be read, hang, or give nonsense."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

EVERY_S = 0.2


class SensorTree:
    """IIO devices below `folder`, one for each name."""

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self.folder = folder
        for number, name in enumerate(names):
            device = folder / f"bus/iio/devices/iio:device{number}"
            device.mkdir(parents=True)
            (device / "name").write_text(f"{name}\n")
            (device / "in_temp_input").write_text("21500\n")

    def options(self, node: str, names: Iterable[str]) -> dict[str, Any]:
        """A garden bed with these sensors, as `config.yaml` describes it."""
        kind = {"type": "iio", "attribute": "in_temp_input", "scale": 0.001, "unit": "°C", "every": EVERY_S}
        return {"type": "garden", "node": node, "sensors": {name: {**kind, "name": name} for name in names}}

    def hang(self, name: str) -> None:
        """Reading it blocks, as a driver does whose bus is stuck: a FIFO into which nobody writes."""
        file = self._file(name)
        fifo = file.with_suffix(".fifo")
        os.mkfifo(fifo)
        fifo.replace(file)

    def garble(self, name: str) -> None:
        """Reading it gives what is no number."""
        self._file(name).write_text("\x00garbage\n")

    def remove(self, name: str) -> None:
        """The driver has lost its chip."""
        self._file(name).unlink()

    def _file(self, name: str) -> Path:
        for found in (self.folder / "bus/iio/devices").iterdir():
            if (found / "name").read_text().strip() == name:
                return found / "in_temp_input"
        raise LookupError(name)
