"""A socket that reads ahead: paho asks for one byte, another and then the rest of each packet."""

import socket
import ssl

READ_AT_ONCE = 16 * 1024
"""Bytes: what a hub handles in a few milliseconds, before others get their turn."""


class ReadAhead:
    """What paho needs of a socket. aiomqtt goes on reading while `pending` says that something is left."""

    def __init__(self, plain: socket.socket) -> None:
        self._socket = plain
        self._ahead = memoryview(b"")

    def recv(self, size: int) -> bytes:
        """At most `size` bytes; raises as the socket does where there are none."""
        if not self._ahead:
            if size >= READ_AT_ONCE:
                return self._socket.recv(size)
            self._ahead = memoryview(self._socket.recv(READ_AT_ONCE))
        found = bytes(self._ahead[:size])
        self._ahead = self._ahead[size:]
        return found

    def pending(self) -> int:
        """Bytes that can be had without the descriptor becoming readable."""
        encrypted = self._socket.pending() if isinstance(self._socket, ssl.SSLSocket) else 0
        return len(self._ahead) + encrypted

    def send(self, data: bytes | bytearray) -> int:
        return self._socket.send(data)

    def fileno(self) -> int:
        return self._socket.fileno()

    def setblocking(self, flag: bool) -> None:
        self._socket.setblocking(flag)

    def close(self) -> None:
        self._socket.close()
