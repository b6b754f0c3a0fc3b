"""The outside end of one simulated GPIO line."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from devices.errors import LineBusy

Driven: TypeAlias = Callable[[bool, int], None]
"""Hears the physical level and when it was driven (CLOCK_MONOTONIC, ns), in the thread that drives."""
Level: TypeAlias = Callable[[], bool]


class Pin:
    """A line as its wire sees it: physical levels. It may be driven from any thread."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.driven: bool | None = None
        """What the outside holds it at; None while nothing is connected and the Pi's own resistor decides."""
        self._holder: str | None = None
        self._output: Level | None = None
        self._listener: Driven | None = None

    @property
    def level(self) -> bool:
        """High or low: what the Pi drives, or else what the outside does."""
        return self._output() if self._output is not None else bool(self.driven)

    def drive(self, level: bool) -> None:
        """Hold the line high or low from outside."""
        self.driven = level
        if (listener := self._listener) is not None:
            listener(level, time.monotonic_ns())

    @contextmanager
    def held(self, by: str, *, listener: Driven | None = None, output: Level | None = None) -> Iterator[None]:
        """The Pi's side requests the line.

        Raises:
            LineBusy: it is requested already.
        """
        if self._holder is not None:
            raise LineBusy(f"{self.line} is held by {self._holder}: let go of it there first")
        self._holder, self._listener, self._output = by, listener, output
        try:
            yield
        finally:
            self._holder = self._listener = self._output = None
