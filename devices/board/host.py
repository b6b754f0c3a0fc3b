"""What the real and the simulated board have in common: sysfs, serial ports and folders are the host's own."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from devices.board.blocking import BlockingCalls
from devices.board.board import Board, Serial
from devices.board.clock import Clock, SystemClock
from devices.board.serial_port import open_serial
from devices.board.sysfs import SysfsTree
from devices.errors import HardwareMissing


class HostBoard(Board):
    """A board whose sysfs tree, serial ports and folders are those of this machine's kernel."""

    def __init__(self, state: Path, *, sysfs: Path, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.calls = BlockingCalls()
        self.sysfs = SysfsTree(sysfs, self.calls)
        self._devices = state / "devices"

    def serial(self, port: str, *, baudrate: int = 9600) -> AbstractAsyncContextManager[Serial]:
        return open_serial(self._place(port), baudrate, self.calls, name=port)

    def _place(self, port: str) -> str:
        """Where the port is opened that the configuration calls `port`."""
        return port

    def folder(self, device: str) -> Path:
        folder = self._devices / device
        try:
            for path in (self._devices, folder):
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise HardwareMissing(f"{folder} cannot be made: {error.strerror}; see `alcolab doctor`") from error
        return folder
