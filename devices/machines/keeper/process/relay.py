"""The line of the relay, as the keeper drives it."""

import os
from fcntl import ioctl
from struct import Struct

_VALUES = Struct("@QQ")
"""`struct gpio_v2_line_values` of <linux/gpio.h>: the levels, and which of them are set."""
_SET_VALUES = 0xC010B40F
"""GPIO_V2_LINE_SET_VALUES_IOCTL."""
_FIRST = 1


class Relay:
    """One requested line; the kernel knows whether active is high or low."""

    __slots__ = ("_descriptor", "_kernel", "active")

    def __init__(self, descriptor: int, kernel: bool) -> None:
        self._descriptor = descriptor
        self._kernel = kernel
        self.active = False

    def set(self, active: bool) -> None:
        """Drive it.

        Raises:
            OSError: the chip has gone.
        """
        if self._kernel:
            ioctl(self._descriptor, _SET_VALUES, _VALUES.pack(active, _FIRST))
        else:
            os.write(self._descriptor, bytes([active]))
        self.active = active
