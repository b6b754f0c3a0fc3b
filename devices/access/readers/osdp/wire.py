"""What libosdp takes for its line: it leaves a frame here that should be sent, and finds the reply to it."""

from devices.access.readers.osdp.frame import Frame, parse
from devices.access.readers.osdp.gate import may_be_sent


class Wire:
    """libosdp calls `read`, `write` and `flush`; none of them blocks, and none may raise."""

    id = 0

    def __init__(self, *, installing: bool) -> None:
        self.installing = installing
        self.cut = False
        """Whether nothing goes out, so that libosdp gives up what it is about."""
        self.command: Frame | None = None
        """The last one that went out."""
        self._out = b""
        self._in = b""

    def read(self, most: int) -> bytes:
        data, self._in = self._in[:most], self._in[most:]
        return data

    def write(self, data: bytes) -> int:
        """A whole command. Of one that the gate refuses nothing is sent, which libosdp takes for a broken line."""
        command = parse(data)
        if self.cut or not may_be_sent(command, installing=self.installing):
            return 0
        self.command, self._out = command, data
        return len(data)

    def flush(self) -> None:
        self._in = b""

    def put(self, reply: bytes) -> None:
        """The reply to the last command."""
        self._in = reply

    def taken(self) -> bytes:
        """What should be sent; nothing, if nothing should."""
        data, self._out = self._out, b""
        return data
