"""Those who wait: called in the order in which they came."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from devices.arcade.turns.tickets import Ticket
from devices.device import Json
from devices.errors import Refused

TICKETS = tuple(Ticket)


@dataclass(slots=True)
class Place:
    """Somebody who waits since `since_s`. `missed`: was called once already and did not come."""

    ticket: Ticket
    credential: str | None
    since_s: float
    missed: bool = False


class Queue:
    """The first place is being called while `claim_by_s` is set."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.claim_by_s: float | None = None
        self._places: list[Place] = []
        self._handed_out = 0
        """So that an animal that has just left is not the next one to come."""

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Place]:
        return iter(self._places)

    @property
    def first(self) -> Place:
        return self._places[0]

    def of(self, credential: str) -> Place | None:
        """The place of this badge."""
        return next((place for place in self._places if place.credential == credential), None)

    def join(self, credential: str | None, now_s: float, *, taken: Collection[Ticket | None]) -> Place:
        """A place at the end; `taken` are tickets that others bear who do not wait.

        Raises:
            Refused: as many as may are waiting.
        """
        used = {*taken, *(place.ticket for place in self._places)}
        order = TICKETS[self._handed_out :] + TICKETS[: self._handed_out]
        ticket = next((each for each in order if each not in used), None)
        if len(self._places) >= self.most or ticket is None:
            raise Refused(f"{len(self._places)} are waiting already, which is as many as may: try again later")
        self._handed_out = (TICKETS.index(ticket) + 1) % len(TICKETS)
        place = Place(ticket, credential, now_s)
        self._places.append(place)
        return place

    def leave(self, ticket: str) -> None:
        """Raises:
        Refused: nobody with this ticket waits.
        """
        place = next((place for place in self._places if place.ticket == ticket), None)
        if place is None:
            raise Refused(f"nobody waits with the ticket {ticket}")
        if place is self.first:
            self.claim_by_s = None
        self._places.remove(place)

    def take_first(self) -> Place:
        """The one who was called has come."""
        self.claim_by_s = None
        return self._places.pop(0)

    def miss_first(self) -> None:
        """The one who was called has not come: once, the next one goes before; the second time the place is lost."""
        place = self.take_first()
        if not place.missed:
            place.missed = True
            self._places.insert(1, place)

    def clear(self) -> None:
        self.claim_by_s = None
        self._places.clear()

    def snapshot(self, now_s: float) -> Mapping[str, Json]:
        """All times as seconds from now."""
        return {
            "handed_out": self._handed_out,
            "claim_by_s": None if self.claim_by_s is None else self.claim_by_s - now_s,
            "places": [
                {"ticket": p.ticket, "credential": p.credential, "since_s": p.since_s - now_s, "missed": p.missed}
                for p in self._places
            ],
        }

    def restore(self, fields: Mapping[str, Any], zero_s: float) -> None:
        """`zero_s`: what the seconds of the snapshot are counted from. Errors as in `Turns.restore`."""
        self._handed_out = int(fields["handed_out"]) % len(TICKETS)
        claim_by_s = fields["claim_by_s"]
        self.claim_by_s = None if claim_by_s is None else zero_s + float(claim_by_s)
        self._places = [
            Place(Ticket(p["ticket"]), p["credential"], zero_s + float(p["since_s"]), bool(p["missed"]))
            for p in fields["places"]
        ]
