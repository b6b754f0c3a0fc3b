"""Records of the simulated world's lines, as the kernel writes them: struct, numbers, levels and a bounded queue.

The queue is a socket whose other end a process of its own may read. Both ends stay open here, so that a full queue
loses its oldest record and not its newest: the last one always shows what was lost before it.
"""

import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from threading import RLock

from devices.board.board import Bias, Line, LineRecords
from devices.board.chips import HEADER_LINES
from devices.board.gpio import FALLING, RECORD, RISING
from devices.board.pin import Pin

QUEUE_BYTES = 384 * 1024
"""Room for the 1024 records that the kernel keeps, if the system grants it; it grants half of them at least."""
LEVELS_BYTES = 8


class _Request:
    """The lines of one request. Edges come from any thread."""

    def __init__(self, lines: Sequence[tuple[Line, Pin]]) -> None:
        self._lines = lines
        self._lock = RLock()
        self._reading, self._writing = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (self._reading, self._writing):
            end.setblocking(False)
        self._writing.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, QUEUE_BYTES)
        self._levels = os.memfd_create("levels of the simulated lines")
        self._active = [False] * len(lines)
        self._seqno = 0
        self._line_seqno = [0] * len(lines)
        self._gone = False

    def records(self) -> LineRecords:
        """All lines are held, and are at their first levels."""
        with self._lock:
            self._active = [_active(line, pin) for line, pin in self._lines]
            self._show_levels()
        names = {_offset(line): line.name for line, _ in self._lines}
        return LineRecords(self._reading.fileno(), names, self._levels)

    def driven(self, number: int, physical: bool, at_ns: int) -> None:
        active = physical is not self._lines[number][0].active_low
        with self._lock:
            if self._gone or active is self._active[number]:
                return
            self._active[number] = active
            self._show_levels()
            self._put(number, active, at_ns)

    def _put(self, number: int, active: bool, at_ns: int) -> None:
        self._seqno += 1
        self._line_seqno[number] += 1
        kind = RISING if active else FALLING
        offset = _offset(self._lines[number][0])
        record = RECORD.pack(at_ns, kind, offset, self._seqno, self._line_seqno[number])
        while not self._sent(record):
            self._lose_the_oldest()

    def _sent(self, record: bytes) -> bool:
        try:
            self._writing.send(record)
        except BlockingIOError:
            return False
        return True

    def _lose_the_oldest(self) -> None:
        try:
            self._reading.recv(RECORD.size)
        except BlockingIOError:  # it has just been read
            return

    def _show_levels(self) -> None:
        bits = sum(active << number for number, active in enumerate(self._active))
        os.pwrite(self._levels, bits.to_bytes(LEVELS_BYTES, sys.byteorder), 0)

    def lose(self) -> None:
        """The chip goes away: whoever reads comes to the end."""
        with self._lock:
            self._gone = True
            self._writing.close()

    def close(self) -> None:
        with self._lock:
            self.lose()
            self._reading.close()
            os.close(self._levels)


def _active(line: Line, pin: Pin) -> bool:
    physical = line.bias is Bias.PULL_UP if pin.driven is None else pin.driven
    return physical is not line.active_low


def _offset(line: Line) -> int:
    return HEADER_LINES[line.name]


@contextmanager
def simulated_line_records(lines: Sequence[tuple[Line, Pin]], consumer: str) -> Iterator[LineRecords]:
    """Hold these lines; `LineBusy` if one is held already."""
    with ExitStack() as stack:
        request = _Request(lines)
        stack.callback(request.close)
        for number, (_, pin) in enumerate(lines):
            stack.enter_context(pin.held(consumer, listener=partial(request.driven, number), lost=request.lose))
        yield request.records()
