"""The outside end of one simulated GPIO line."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from devices.errors import LineBusy

Driven: TypeAlias = Callable[[bool, int], None]
"""Hears the physical level and when it was driven (CLOCK_MONOTONIC, ns), in the thread that drives."""
Level: TypeAlias = Callable[[], bool]
Brightness: TypeAlias = Callable[[], float]
Lost: TypeAlias = Callable[[], None]
"""Hears that the chip of the line is gone."""


class Pin:
    """A line as its wire sees it: physical levels. It may be driven from any thread."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.driven: bool | None = None
        """What the outside holds it at; None while nothing is connected and the Pi's own resistor decides."""
        self._holder: str | None = None
        self._output: Level | None = None
        self._lamp: Brightness | None = None
        self._listener: Driven | None = None
        self._lost: Lost | None = None

    @property
    def level(self) -> bool:
        """High or low: what the Pi drives, or else what the outside does."""
        return self._output() if self._output is not None else bool(self.driven)

    @property
    def brightness(self) -> float:
        """Of the lamp that the Pi holds here: 0.0 dark … 1.0 fully lit; without one it is dark."""
        return self._lamp() if self._lamp is not None else 0.0

    def drive(self, level: bool, *, at_ns: int | None = None) -> None:
        """Hold the line high or low from outside, since now or since a moment just past (CLOCK_MONOTONIC).

        Whoever plays what takes milliseconds would otherwise have to be on time, in a process that has other things
        to do too.
        """
        self.driven = level
        if (listener := self._listener) is not None:
            listener(level, time.monotonic_ns() if at_ns is None else at_ns)

    def lose(self) -> None:
        """The chip of the line goes away, as an expander that is unplugged, and is back at once."""
        if (lost := self._lost) is not None:
            lost()

    @contextmanager
    def held(
        self,
        by: str,
        *,
        listener: Driven | None = None,
        lost: Lost | None = None,
        output: Level | None = None,
        lamp: Brightness | None = None,
    ) -> Iterator[None]:
        """The Pi's side requests the line.

        Raises:
            LineBusy: it is requested already.
        """
        if self._holder is not None:
            raise LineBusy(f"{self.line} is held by {self._holder}: let go of it there first")
        self._holder, self._listener, self._lost, self._output, self._lamp = by, listener, lost, output, lamp
        try:
            yield
        finally:
            self._holder = self._listener = self._lost = self._output = self._lamp = None
