"""Pulses of a rain gauge or a meter: counted from the kernel's edges, and kept through restarts and power cuts.

A pulse is on disk at once, or in a burst within a second, so that a kill or a power cut loses at most the pulses of
that second. Pulses that the kernel had to drop show as a gap in its numbering of the line's edges, and are counted
in. Pulses while nobody counts, because the Pi is off, are lost.
"""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from devices.board.board import Bias, Board, Edge, EdgeKind, Edges, Line
from devices.garden.options import PulseSensor
from devices.garden.sensors.sensor import Measure, Sample, Sensor, beside
from devices.garden.sensors.total import load_total, save_total

log = logging.getLogger(__name__)

SAVED_EVERY_S = 1.0


class PulseCounter(Sensor):
    """Counts the pulses of one line; a measurement is the total so far."""

    def __init__(self, options: PulseSensor, device: str, channel: str, board: Board) -> None:
        self.missed = 0
        """Pulses since the start that the kernel dropped, and that were counted in."""
        self._per_pulse = options.per_pulse
        self._line = Line(
            options.line,
            bias=options.bias,
            active_low=options.bias is Bias.PULL_UP,
            debounce_s=options.debounce,
            edges=EdgeKind.RISING,
        )
        self._device = device
        self._channel = channel
        self._board = board
        self._pulses: int | None = None
        self._unsaved = asyncio.Event()
        self._saving = threading.Lock()
        self._last_failure = ""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Measure]:
        if self._pulses is None:
            self._pulses = await asyncio.to_thread(self._load)
        async with (
            self._board.edges([self._line]) as edges,
            beside(self._keep_saved(), name=f"{self._device}/{self._channel}: saving"),
            beside(self._count(edges), name=f"{self._device}/{self._channel}: counting"),
        ):
            yield self._measure

    async def _measure(self) -> Sample:
        return Sample((self._pulses or 0) * self._per_pulse, self._board.clock.now())

    async def _count(self, edges: Edges) -> None:
        counted = 0

        def count(edge: Edge) -> None:
            nonlocal counted
            pulses = edge.line_seqno - counted
            counted = edge.line_seqno
            self.missed += pulses - 1
            self._pulses = (self._pulses or 0) + pulses
            self._unsaved.set()

        await edges.listen(count)

    async def _keep_saved(self) -> None:
        try:
            while True:
                await self._unsaved.wait()
                await self._save()
                await asyncio.sleep(SAVED_EVERY_S)
        finally:
            if self._unsaved.is_set():
                await self._save()

    async def _save(self) -> None:
        self._unsaved.clear()
        try:
            await asyncio.to_thread(self._write)
            self._last_failure = ""
        except OSError as error:
            self._unsaved.set()
            if str(error) != self._last_failure:
                log.error("%s/%s: counting goes on unsaved: %s", self._device, self._channel, error)  # noqa: TRY400
            self._last_failure = str(error)
        except asyncio.CancelledError:
            self._unsaved.set()
            raise

    def _path(self) -> Path:
        return self._board.folder(self._device) / f"{self._channel}.json"

    def _load(self) -> int:
        return load_total(self._path())

    def _write(self) -> None:
        """In a thread: a save that was given up may still be under way, and the newest total must be the last."""
        with self._saving:
            save_total(self._path(), self._pulses or 0)
