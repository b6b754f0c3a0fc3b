"""Files between their preview and the button that says "yes": in memory, one a session, and only a few."""

from collections import OrderedDict

KEPT_AT_MOST = 4
"""Two people of the office may import at the same time; each file has a few megabytes at most."""


class Uploads:
    """The latest file of each session."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, bytes] = OrderedDict()

    def keep(self, session: str, content: bytes) -> None:
        """Remember it in the place of the session's last one."""
        self._files.pop(session, None)
        self._files[session] = content
        while len(self._files) > KEPT_AT_MOST:
            self._files.popitem(last=False)

    def take(self, session: str) -> bytes | None:
        """The session's file, once."""
        return self._files.pop(session, None)
