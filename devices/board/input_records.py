"""Records of an input device, read on its descriptor in the event loop: the kernel's, or the simulated world's.

There is no buffer of ours: the kernel's is bounded, and what nobody reads in time is dropped there, and said.
"""

import asyncio
import os
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterator

from devices.board.board import InputDevice, InputEvent, InputReport
from devices.errors import DeviceOffline

RECORD = struct.Struct("@LLHHi")
"""`struct input_event` of <linux/input.h>: seconds, microseconds, type, code, value."""
RECORDS_BYTES = 64 * RECORD.size
EV_SYN, EV_KEY = 0, 1
SYN_REPORT, SYN_DROPPED = 0, 3


class RecordedReports:
    """Makes reports of records.

    `down` gives the codes of the keys that are down now, and takes their unread records out of the queue, as the
    kernel's EVIOCGKEY does. It is asked once at first, and again after every loss.
    """

    def __init__(self, down: Callable[[], Collection[int]]) -> None:
        self._keys_down = down
        self._down = set(down())
        self._events: list[InputEvent] = []
        self._lost = False

    def reports(self, records: bytes) -> Iterator[InputReport]:
        """Those that these records complete. After a loss, what was read together with its record is worth nothing."""
        event = None
        for seconds, microseconds, kind, code, value in RECORD.iter_unpack(records):
            event = InputEvent(kind, code, value, (seconds * 1_000_000 + microseconds) * 1000)
            if kind != EV_SYN:
                self._events.append(event)
            elif code == SYN_DROPPED:
                self._lost = True
            elif code == SYN_REPORT and self._events and not self._lost:
                yield self._report()
        if self._lost:
            self._events.clear()
            if event is not None and (event.type, event.code) == (EV_SYN, SYN_REPORT):
                yield self._recovered(event.monotonic_ns)

    def _report(self) -> InputReport:
        for kind, code, value, _ in self._events:
            if kind == EV_KEY:
                (self._down.add if value else self._down.discard)(code)
        report = InputReport(tuple(self._events))
        self._events.clear()
        return report

    def _recovered(self, at_ns: int) -> InputReport:
        """The keys are as they are; this tells what has become of them."""
        down = set(self._keys_down())
        changed = sorted(down ^ self._down)
        self._down, self._lost = down, False
        return InputReport(tuple(InputEvent(EV_KEY, code, int(code in down), at_ns) for code in changed), lost=True)


class RecordedInput(InputDevice):
    """An input device by the records that its descriptor gives. `name` is what the configuration calls it.

    `down` is as in `RecordedReports`.

    Raises:
        DeviceOffline: it has just been unplugged.
    """

    def __init__(self, name: str, descriptor: int, down: Callable[[], Collection[int]]) -> None:
        self._name = name
        self._descriptor = descriptor
        try:
            self._recorded = RecordedReports(down)
        except OSError as error:
            raise self._gone() from error
        self._reports: deque[InputReport] = deque()
        """Of one read, and not yet taken by anybody."""
        self._loop = asyncio.get_running_loop()
        self._reading = asyncio.Lock()
        self._readable = asyncio.Event()
        self._closed = False

    async def __aiter__(self) -> AsyncIterator[InputReport]:
        while True:
            async with self._reading:
                while not self._reports:
                    await self._wait()
                    self._read()
                report = self._reports.popleft()
            yield report

    async def _wait(self) -> None:
        if self._closed:
            raise self._gone()
        self._readable.clear()
        self._loop.add_reader(self._descriptor, self._readable.set)
        try:
            await self._readable.wait()
        finally:
            if not self._closed:
                self._loop.remove_reader(self._descriptor)

    def _read(self) -> None:
        if self._closed:
            raise self._gone()
        try:
            records = os.read(self._descriptor, RECORDS_BYTES)
            self._reports += self._recorded.reports(records)
        except BlockingIOError:
            return
        except OSError as error:
            raise self._gone() from error
        if not records:
            raise self._gone()

    def close(self) -> None:
        """Read no more, before the descriptor is closed; whoever still waits is told."""
        self._closed = True
        self._loop.remove_reader(self._descriptor)
        self._readable.set()

    def _gone(self) -> DeviceOffline:
        return DeviceOffline(f"{self._name} was unplugged: plug it in again")
