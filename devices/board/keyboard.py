"""The outside end of a simulated keyboard, and of the badge readers that type as one."""

import fcntl
import os
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from devices.board.input_records import EV_KEY, EV_SYN, RECORD, SYN_DROPPED, SYN_REPORT
from devices.board.keys import strokes
from devices.errors import LineBusy

QUEUE_BYTES = 4096
"""The least that a pipe can hold: 170 records, where the kernel keeps 64 for a keyboard."""


@dataclass(frozen=True, slots=True, eq=False)
class _Opened:
    """The Pi's side has opened it: a pipe of records, and for whom."""

    inside: int
    outside: int
    by: str


class Keyboard:
    """A keyboard as its fingers see it. It may be used from any thread."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._down: set[int] = set()
        self._opened: _Opened | None = None
        self._lock = threading.Lock()
        self.plugged = False

    def plug(self) -> None:
        """Plug it in; plugged in already, it stays."""
        self.plugged = True

    def unplug(self) -> None:
        """Pull it out: whoever holds it hears nothing more but that."""
        with self._lock:
            self.plugged = False
            self._down.clear()
            if self._opened is not None:
                self._forget()
                os.close(self._opened.outside)
                self._opened = None

    def press(self, code: int) -> None:
        """A key goes down; one that is down already stays so."""
        self._move(code, down=True)

    def release(self, code: int) -> None:
        """A key goes up again."""
        self._move(code, down=False)

    def type(self, text: str) -> None:
        """One key after the other, as on a US keyboard; errors as in `strokes`."""
        for code, down in strokes(text):
            self._move(code, down=down)

    def _move(self, code: int, *, down: bool) -> None:
        with self._lock:
            if not self.plugged or (code in self._down) is down:
                return
            (self._down.add if down else self._down.discard)(code)
            self._put((EV_KEY, code, int(down)), (EV_SYN, SYN_REPORT, 0))

    def _put(self, *events: tuple[int, int, int]) -> None:
        """What does not fit any more costs all that is unread, as in the kernel."""
        if self._opened is None:
            return
        at = divmod(time.monotonic_ns() // 1000, 1_000_000)
        records = b"".join(RECORD.pack(*at, *event) for event in events)
        try:
            os.write(self._opened.outside, records)
        except BlockingIOError:
            self._forget()
            os.write(self._opened.outside, RECORD.pack(*at, EV_SYN, SYN_DROPPED, 0) + records)

    def _forget(self) -> None:
        """Nothing is unread any more."""
        if self._opened is not None:
            with suppress(BlockingIOError):
                while os.read(self._opened.inside, QUEUE_BYTES):
                    pass

    def down(self) -> Collection[int]:
        """The keys that are down now; what is unread is forgotten with it."""
        with self._lock:
            self._forget()
            return frozenset(self._down)

    @contextmanager
    def held(self, by: str) -> Iterator[int]:
        """The Pi's side opens and grabs it: a descriptor from which it reads records.

        Raises:
            LineBusy: it is held already.
        """
        with self._lock:
            if self._opened is not None:
                raise LineBusy(f"{self._name} is held by {self._opened.by}: let go of it there first")
            inside, outside = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
            fcntl.fcntl(outside, fcntl.F_SETPIPE_SZ, QUEUE_BYTES)
            self._opened = opened = _Opened(inside, outside, by)
        try:
            yield inside
        finally:
            with self._lock:
                os.close(inside)
                if self._opened is opened:
                    os.close(outside)
                    self._opened = None
