"""The outside end of a simulated serial port: a pty whose other end the driver opens as it would a UART."""

import os
import pty
import tty
from contextlib import suppress
from pathlib import Path

RECEIVED_MOST = 65536


class Wire:
    """What is plugged into a serial port. `path` is where the driver's end appears while it is plugged in."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ends: tuple[int, int] | None = None

    @property
    def plugged(self) -> bool:
        return self._ends is not None

    def plug(self) -> None:
        """Plug it in, as a new device; plugged in already, it stays."""
        if self._ends is not None:
            return
        # The world keeps the inside end open too: a pty forgets its settings with the last one who closes it.
        outside, inside = self._ends = pty.openpty()
        os.set_blocking(outside, False)
        tty.setraw(inside)
        new = self._path.with_name(self._path.name + ".new")
        new.unlink(missing_ok=True)
        new.symlink_to(os.ttyname(inside))
        new.replace(self._path)

    def unplug(self) -> None:
        """Pull it out: the driver's next read or write fails, and there is no port to open."""
        if self._ends is None:
            return
        self._path.unlink(missing_ok=True)
        for end in self._ends:
            os.close(end)
        self._ends = None

    def send(self, data: bytes) -> None:
        """Towards the Pi. What does not fit into its buffer is lost, as on a UART that nobody reads."""
        if self._ends is not None:
            with suppress(BlockingIOError):
                os.write(self._ends[0], data)

    def received(self) -> bytes:
        """All that the Pi has sent since last asked."""
        if self._ends is None:
            return b""
        try:
            return os.read(self._ends[0], RECEIVED_MOST)
        except BlockingIOError:
            return b""
