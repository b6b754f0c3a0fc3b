"""The heads that a log has said elsewhere, where whoever changes the log cannot reach them."""

from collections import deque
from collections.abc import Iterable

from devices.audit_log.entry import START, Head


class SaidElsewhere:
    """Compared with the log's own heads, in their order."""

    def __init__(self, heads: Iterable[Head]) -> None:
        self._heads = deque(sorted(set(heads) - {START}, key=lambda head: head.entries))
        self.found = 0
        """How many of them stand in the log."""
        self.gone = 0
        """How many are of entries that are not there, to be compared with."""
        self._last_found = 0
        self._contradicted = False

    def contradiction(self, own: Head) -> str | None:
        """What does not fit to `own`, a head of the log; only the first time, as nothing after it can fit."""
        contradicted = False
        while self._heads and self._heads[0].entries <= own.entries:
            head = self._heads.popleft()
            if head == own:
                self.found, self._last_found = self.found + 1, own.entries
            elif head.entries == own.entries:
                contradicted = True
            else:
                self.gone += 1
        if not contradicted or self._contradicted:
            return None
        self._contradicted = True
        since = f"after entry {self._last_found}" if self._last_found else "from the beginning"
        return f"entry {own.entries} is not the one of which the log has told elsewhere: it was written anew {since}"

    def beyond(self, entries: int) -> int | None:
        """How many entries the log has said to have, if that is more than `entries`."""
        most = self._heads[-1].entries if self._heads else 0
        return most if most > entries else None
