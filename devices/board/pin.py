"""The outside end of one simulated GPIO line."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from devices.errors import LineBusy

Driven = Callable[[bool, int], None]
"""Hears the physical level and the time (CLOCK_MONOTONIC, ns) when it was driven."""


class Pin:
    """A line as its wire sees it: physical levels. May be driven from any thread."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.driven: bool | None = None
        """What the outside holds it at; None when nothing is connected and the Pi's own resistor decides."""
        self._output: Callable[[], bool] | None = None
        self._listener: Driven | None = None
        self._holder = ""

    @property
    def level(self) -> bool:
        """High or low: what the Pi drives, or else what the outside does."""
        return self._output() if self._output is not None else bool(self.driven)

    def drive(self, level: bool) -> None:
        """Hold the line high or low from outside."""
        self.driven = level
        if self._listener is not None:
            self._listener(level, time.monotonic_ns())

    @contextmanager
    def held(
        self, by: str, *, listener: Driven | None = None, output: Callable[[], bool] | None = None
    ) -> Iterator[None]:
        """The Pi's side requests the line.

        Raises:
            LineBusy: it is requested already.
        """
        if self._holder:
            raise LineBusy(f"{self.line} is held by {self._holder}")
        self._holder, self._listener, self._output = by, listener, output
        try:
            yield
        finally:
            self._holder, self._listener, self._output = "", None, None
