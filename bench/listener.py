"""A subscriber that costs next to nothing: it counts what arrives at the broker.

A client library would spend more on each message than the broker does, on cores that the measured programs need.
This speaks as much of MQTT 3.1.1 as a subscriber at QoS 0 must (OASIS MQTT 3.1.1, sections 2.2, 3.1, 3.3, 3.8).
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Self

CONNECT = b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00"
"""A clean session under a name that the broker gives, without keep-alive."""
CONNACK, PUBLISH, SUBACK = 2, 3, 9
RETAINED = 0x01
PATIENCE_S = 0.05

Heard = Callable[[bytes, bytes], None]
"""Takes topic and payload of one live message, in the listener's thread."""


class Listener:
    """Counts the live messages of one topic filter while inside."""

    def __init__(self, port: int, topics: str, heard: Heard | None = None) -> None:
        self.count = 0
        self.first_at: float | None = None
        """When the first came, on the monotonic clock."""
        self._heard = heard
        self._buffer = bytearray()
        self._ready = threading.Event()
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        wanted = topics.encode()
        self._socket.sendall(CONNECT)
        self._socket.sendall(bytes((0x82, len(wanted) + 5, 0, 1, 0, len(wanted))) + wanted + b"\0")
        self._thread = threading.Thread(target=self._listen, name="listener", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10.0):
            raise TimeoutError("the broker did not acknowledge the subscription")
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def wait_for(self, count: int, within_s: float, check: Callable[[], None]) -> None:
        """Until so many have come.

        Raises:
            TimeoutError: they did not; whatever `check` raises meanwhile.
        """
        deadline = time.monotonic() + within_s
        while self.count < count:
            check()
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.count} of {count} messages within {within_s:g} s")
            time.sleep(PATIENCE_S)

    def rate(self, window_s: float) -> float:
        """Messages a second from now on for `window_s`."""
        before, since = self.count, time.monotonic()
        time.sleep(window_s)
        return (self.count - before) / (time.monotonic() - since)

    def _listen(self) -> None:
        with suppress(ConnectionError):
            while received := self._socket.recv(1 << 20):
                self._buffer += received
                for kind, packet in self._packets():
                    self._take(kind, packet)

    def _take(self, kind: int, packet: bytes) -> None:
        if kind >> 4 == SUBACK:
            self._ready.set()
        elif kind >> 4 == PUBLISH and not kind & RETAINED:
            self.count += 1
            self.first_at = self.first_at or time.monotonic()
            if self._heard is not None:
                end = 2 + int.from_bytes(packet[:2])
                self._heard(packet[2:end], packet[end:])

    def _packets(self) -> Iterator[tuple[int, bytes]]:
        """The whole packets received so far, each as its first byte and its body."""
        data, at = bytes(self._buffer), 0
        while (header := _length(data, at + 1)) is not None and header[0] + header[1] <= len(data):
            begin, length = header
            yield data[at], data[begin : begin + length]
            at = begin + length
        del self._buffer[:at]


def _length(data: bytes, at: int) -> tuple[int, int] | None:
    """Where a packet's body begins and how long it is; None while that has not arrived."""
    length = shift = 0
    while at < len(data):
        length |= (data[at] & 0x7F) << shift
        at += 1
        if not data[at - 1] & 0x80:
            return at, length
        shift += 7
    return None
