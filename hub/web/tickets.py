"""Whose ticket is whose. A ticket is an animal that everybody sees; its key, in a cookie, is its holder's alone."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from uuid import uuid4

from devices.device import State
from hub.bus import Bus, Entry

KEY = r"^[0-9a-f]{32}$"
REMEMBERED = 256
"""Keys, the old ones included: more than ten cabinets have animals."""
CHANGING_PLACES_S = 5.0
"""What the news of a ticket may take: when it is drawn, and when it leaves the queue for the game."""


def new_key() -> str:
    """Nobody guesses it."""
    return uuid4().hex


def command_id(key: str) -> str:
    """The id of the command that draws the ticket of this key: pressed twice, it draws one.

    It stands on MQTT for others to read, and says nothing of the key.
    """
    return sha256(key.encode()).hexdigest()


@dataclass(slots=True)
class Ticket:
    """An animal that waits at a cabinet, or plays there."""

    cabinet: str
    animal: str
    absent_since_s: float | None
    """Since when the cabinet has not shown it; None while it does."""
    over: bool = False

    def look(self, *, shown: bool, now_s: float) -> None:
        """Once absent for a while it is over, and an animal that is shown again is somebody else's."""
        if self.absent_since_s is not None and now_s - self.absent_since_s > CHANGING_PLACES_S:
            self.over = True
        if shown:
            self.absent_since_s = None
        elif self.absent_since_s is None:
            self.absent_since_s = now_s


class Tickets:
    """The tickets that were drawn on this Pi's pages. A restart forgets them: the animals keep their places, but
    nobody can give them back here.
    """

    def __init__(self, bus: Bus, now_s: Callable[[], float] = time.monotonic) -> None:
        self._bus = bus
        self._now_s = now_s
        self._given: OrderedDict[str, Ticket] = OrderedDict()

    @contextmanager
    def followed(self) -> Iterator[None]:
        """While inside, a ticket is over once its cabinet shows it no longer: soon its animal is somebody else's."""
        with self._bus.entries.heard_by(self._hear):
            yield

    def give(self, key: str, cabinet: str, animal: str) -> None:
        """Whoever has `key` holds this ticket now, and nobody else does."""
        for ticket in self._given.values():
            ticket.over |= (ticket.cabinet, ticket.animal) == (cabinet, animal)
        self._given[key] = Ticket(cabinet, animal, self._now_s())
        while len(self._given) > REMEMBERED:
            self._given.popitem(last=False)

    def held(self, key: str | None) -> Ticket | None:
        """The ticket that waits or plays under this key."""
        if (ticket := self._given.get(key or "")) is None:
            return None
        self._look(ticket.cabinet)
        return None if ticket.over else ticket

    def is_spent(self, key: str) -> bool:
        """Whether a ticket was drawn with this key before."""
        return key in self._given

    def _hear(self, entry: Entry) -> None:
        if isinstance(entry.message, State) and entry.message.name in {"queue", "turn"}:
            self._look(entry.device)

    def _look(self, cabinet: str) -> None:
        shown, now_s = set(self._shown(cabinet)), self._now_s()
        for ticket in self._given.values():
            if ticket.cabinet == cabinet and not ticket.over:
                ticket.look(shown=ticket.animal in shown, now_s=now_s)

    def _shown(self, cabinet: str) -> Iterator[object]:
        turn, queue = self._state(cabinet, "turn"), self._state(cabinet, "queue")
        if isinstance(turn, Mapping):
            yield str(turn.get("ticket"))
        for waiting in queue if isinstance(queue, list | tuple) else ():
            if isinstance(waiting, Mapping):
                yield str(waiting.get("ticket"))

    def _state(self, cabinet: str, name: str) -> object:
        entry = self._bus.latest.states.get((cabinet, name))
        return entry.message.value if entry and isinstance(entry.message, State) else None
