"""Everything that is said over MQTT and is neither reading nor event: births, states, replies, acknowledgements."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias

CAPACITY = 2_000
Say: TypeAlias = "Callable[[Outgoing], None]"
"""Puts a message into the mailbox."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message. `expiry_s` and `correlation` are MQTT 5's.

    `keep` it beyond the connection: an answer is owed, whereas a birth says all that is retained anew, and a command
    must not be carried out long after its sender has given up.
    """

    topic: str
    payload: bytes
    retain: bool = False
    expiry_s: int | None = None
    correlation: bytes | None = None
    keep: bool = False


class Mailbox:
    """Waits for the connection. When full, the oldest goes (`dropped` counts).

    Of one topic only the newest retained message waits. Others are each for somebody: of two replies to commands whose
    id could not be read, none replaces the other.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._waiting: OrderedDict[tuple[str, int], Outgoing] = OrderedDict()
        self._numbers = count(1)

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: Outgoing) -> None:
        key = (message.topic, 0 if message.retain else next(self._numbers))
        if key not in self._waiting and len(self._waiting) >= CAPACITY:
            self._waiting.popitem(last=False)
            self.dropped += 1
        self._waiting[key] = message

    def take(self) -> Outgoing | None:
        return self._waiting.popitem(last=False)[1] if self._waiting else None

    def begin_again(self) -> None:
        """A new connection."""
        for key in [key for key, message in self._waiting.items() if not message.keep]:
            del self._waiting[key]
