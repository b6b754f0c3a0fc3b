"""What the rules ask of the cabinet: it carries these out in the order in which it gets them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from devices.arcade.options import Pay
from devices.arcade.turns.tickets import Ticket
from devices.device import Json


class Message(StrEnum):
    """What the cabinet's screen says about turns."""

    WELCOME = "welcome"
    INSERT_COIN = "insert-coin"
    SHOW_BADGE = "show-badge"
    CALL = "call"
    PLAY = "play"
    JOIN_IN = "join-in"
    ONE_MINUTE = "one-minute"
    STILL_THERE = "still-there"
    """Nobody has pressed for long: a press shows that somebody is there."""
    FINISH = "finish"
    CLOSED = "closed"
    TICKET = "ticket"
    """A badge was shown and waits now: its ticket, and how long about."""
    TOMORROW = "tomorrow"
    """A badge was shown that has had all its turns of this day."""
    FULL = "full"
    """A badge was shown, but as many as may are waiting."""


@dataclass(frozen=True, slots=True)
class Admit:
    """From now on the switches of so many players reach the game; 0: nobody's do."""

    players: int


@dataclass(frozen=True, slots=True)
class Announce:
    """From now on the screen says this, until the next one."""

    kind: Message
    ticket: Ticket | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """So many credits are spent. The ledger does nothing with an `id` that it knows."""

    credits: int
    id: str


@dataclass(frozen=True, slots=True)
class SaveAndClose:
    """Save the game's state and close it; nothing to do where no game runs."""

    id: str


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A turn is over.

    `seconds` were played, by `players`; the first of them had waited `waited_s` in the queue. `credential` is the
    reader's keyed hash of the badge that paid or waited, None for everybody else.
    """

    id: str
    seconds: float
    players: int
    paid: Pay
    waited_s: float
    game: str | None
    credential: str | None


Owed: TypeAlias = Charge | SaveAndClose | SessionEnded
"""What must happen exactly once, even when the daemon is killed: owed until the cabinet says `done`."""
Effect: TypeAlias = Admit | Announce | Owed

_OWED: Mapping[str, type[Owed]] = {"charge": Charge, "save-and-close": SaveAndClose, "session-ended": SessionEnded}


def owed_to_json(effect: Owed) -> Mapping[str, Json]:
    kind = next(name for name, cls in _OWED.items() if isinstance(effect, cls))
    return {"effect": kind, **asdict(effect)}


def owed_from_json(fields: Mapping[str, Any]) -> Owed:
    """Raises:
    KeyError, TypeError, ValueError: no effect of this release.
    """
    values = {name: value for name, value in fields.items() if name != "effect"}
    if "paid" in values:
        values["paid"] = Pay(values["paid"])
    return _OWED[fields["effect"]](**values)
