"""Frames in what comes from a line, which may begin anywhere, break at any place and hold anything between them."""

from devices.access.readers.osdp.frame import SOM, length_of, parse
from devices.errors import BadFrame


class FrameFinder:
    """Finds whole frames, and keeps less than a frame for what comes next: at most `frame.MOST_BYTES` bytes."""

    def __init__(self) -> None:
        self.refused = 0
        """How many bytes belonged to no frame. FF counts for nothing: it may stand anywhere between frames."""
        self._buffer = bytearray()

    @property
    def begun(self) -> int:
        """How many bytes are there of a frame that is not whole."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """The frames that `data` completes, each without FF before it; `parse` takes each of them."""
        self._buffer += data
        frames = []
        while self._at_som():
            try:
                length = length_of(self._buffer)
                if length is None or length > len(self._buffer):
                    break
                frame = bytes(self._buffer[:length])
                parse(frame)
            except BadFrame:
                self._drop(1)
                continue
            frames.append(frame)
            del self._buffer[:length]
        return frames

    def _at_som(self) -> bool:
        """Drop what stands before the next possible beginning of a frame; whether there is one."""
        begins = self._buffer.find(SOM)
        if begins:
            self._drop(len(self._buffer) if begins < 0 else begins)
        return bool(self._buffer)

    def _drop(self, count: int) -> None:
        self.refused += count - self._buffer[:count].count(0xFF)
        del self._buffer[:count]
