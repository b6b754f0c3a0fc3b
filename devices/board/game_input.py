"""What a game sees of a simulated gamepad or keyboard, by the rules of the kernel's input core."""

import socket
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from threading import RLock

from devices.board.board import InputIdentity
from devices.board.input_records import EV_KEY, RECORD

EV_ABS = 3
WRITTEN_MOST = 1 << 16
"""Bytes of one batch."""
QUEUE_BYTES = 1 << 20
"""Asked of the system, which grants less: a few hundred batches, for a loop that is late."""
REMEMBERED = 4096


class GameInput:
    """The outside end of a virtual input device. What is written to the inside is seen at once, from any thread."""

    def __init__(self, identity: InputIdentity) -> None:
        self.identity = identity
        self._inside, self._outside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (self._inside, self._outside):
            end.setblocking(False)
        self._inside.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, QUEUE_BYTES)
        self._lock = RLock()
        self._pressed: set[int] = set()
        self._axes = dict.fromkeys(identity.axes, 0)
        self._presses: Counter[int] = Counter()
        self._changes: deque[tuple[int, int, int]] = deque(maxlen=REMEMBERED)
        self.plugged = True

    @property
    def pressed(self) -> frozenset[int]:
        """The keys that are down now."""
        with self._lock:
            self.look()
            return frozenset(self._pressed)

    @property
    def axes(self) -> Mapping[int, int]:
        """Where each axis stands now."""
        with self._lock:
            self.look()
            return dict(self._axes)

    @property
    def presses(self) -> Mapping[int, int]:
        """How often each key has gone down."""
        with self._lock:
            self.look()
            return self._presses.copy()

    @property
    def changes(self) -> Sequence[tuple[int, int, int]]:
        """The last few thousand changes of keys and axes: type, code and value, the oldest first."""
        with self._lock:
            self.look()
            return tuple(self._changes)

    @property
    def inside(self) -> int:
        """The descriptor for whoever plays."""
        return self._inside.fileno()

    def fileno(self) -> int:
        """Readable when there is something to `look` at."""
        return self._outside.fileno()

    def look(self) -> None:
        """Take in what has been written."""
        with self._lock:
            for written in self._waiting():
                for *_, kind, code, value in RECORD.iter_unpack(written):
                    self._happened(kind, code, value)

    def _waiting(self) -> Iterator[bytes]:
        while self.plugged:
            try:
                written = self._outside.recv(WRITTEN_MOST)
            except BlockingIOError:
                return
            if not written:  # closed at the other end
                return
            yield written[: len(written) // RECORD.size * RECORD.size]

    def _happened(self, kind: int, code: int, value: int) -> None:
        """The kernel passes on what the device has, and only changes."""
        if kind == EV_KEY and code in self.identity.keys and bool(value) is not (code in self._pressed):
            (self._pressed.add if value else self._pressed.discard)(code)
            self._presses[code] += bool(value)
        elif kind == EV_ABS and self._axes.get(code, value) != value:
            self._axes[code] = value
        else:
            return
        self._changes.append((kind, code, value))

    def close(self) -> None:
        """It is unplugged: nothing stays pressed."""
        with self._lock:
            self.look()
            self.plugged = False
            for code in tuple(self._pressed):
                self._happened(EV_KEY, code, 0)
            self._inside.close()
            self._outside.close()
