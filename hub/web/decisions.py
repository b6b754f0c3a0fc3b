"""The latest decisions of doors and machines, for those who welcome members."""

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from devices.board.clock import Moment
from devices.device import Event
from hub.bus import Bus, Entry

REMEMBERED = 200
"""Of all places together. The audit logs keep them for long; here a restart forgets them."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision. `member` is a pseudonym; None for a badge that nobody knows."""

    device: str
    at: Moment
    granted: bool
    reason: str
    member: str | None


class Decisions:
    """What was decided since the pages began."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._decided: deque[Decided] = deque(maxlen=REMEMBERED)

    @contextmanager
    def followed(self) -> Iterator[None]:
        """While inside, decisions are remembered."""
        with self._bus.entries.heard_by(self._hear):
            yield

    def latest(self, devices: frozenset[str], at_most: int) -> list[Decided]:
        """The newest first."""
        chosen = [each for each in reversed(self._decided) if each.device in devices]
        return chosen[:at_most]

    def _hear(self, entry: Entry) -> None:
        if isinstance(entry.message, Event) and entry.message.kind == "access":
            self._decided.append(_decided(entry.device, entry.message.data, entry.message.at))


def _decided(device: str, data: Mapping[str, object], at: Moment) -> Decided:
    member = data.get("member")
    known = member if isinstance(member, str) else None
    return Decided(device, at, data.get("granted") is True, str(data.get("reason", "")), known)
