"""All that a cabinet knows of its turns: who plays, who waits, what is paid, and what follows from it to be shown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Any

from devices.arcade.options import TurnRules
from devices.arcade.turns.allowance import Allowance
from devices.arcade.turns.effects import Charge, Owed, SaveAndClose, owed_from_json, owed_to_json
from devices.arcade.turns.queue import Queue
from devices.arcade.turns.tickets import Ticket
from devices.arcade.turns.turn import INVITE_AFTER_S, Turn
from devices.device import Json

VERSION = 1


class Phase(StrEnum):
    """What is going on, as the state `turn` says it."""

    FREE = "free"
    CALLING = "calling"
    PLAYING = "playing"
    GRACE = "grace"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One who waits, and for how long about."""

    ticket: Ticket
    wait_s: float


class Situation:
    """Written by `Turns` alone; everybody may read it. All times are monotonic seconds."""

    def __init__(self, rules: TurnRules, *, players: int, series: str, is_open: bool) -> None:
        self.rules = rules
        self.players_at_most = players
        self.series = series
        self.begun = 0
        """Turns so far."""
        self.is_open = is_open
        self.balance = 0
        self.game: str | None = None
        """The game that runs."""
        self.turn: Turn | None = None
        self.ended_s = -inf
        """When the last turn was over."""
        self.queue = Queue(rules.queue)
        self.allowance = Allowance(rules.badge_turns)
        self.owed: dict[str, Owed] = {}

    @property
    def phase(self) -> Phase:
        if self.turn is not None:
            return Phase.PLAYING if self.turn.grace_until_s is None else Phase.GRACE
        if not self.is_open:
            return Phase.CLOSED
        return Phase.CALLING if self.queue else Phase.FREE

    @property
    def ticket(self) -> Ticket | None:
        """Of the one who plays or is called; None for whoever came to a free cabinet."""
        if self.turn is not None:
            return self.turn.ticket
        return self.queue.first.ticket if self.queue else None

    @property
    def players(self) -> int:
        """How many play."""
        return max(1, len(self.turn.players)) if self.turn is not None else 0

    @property
    def panels(self) -> int:
        """How many players' switches reach the game."""
        return self.turn.panels if self.turn is not None else 0

    @property
    def in_use(self) -> bool:
        """Whether somebody plays or waits."""
        return self.turn is not None or bool(self.queue)

    @property
    def credits(self) -> int:
        """What can still be spent: the ledger's balance without what is owed to it."""
        owed = sum(effect.credits for effect in self.owed.values() if isinstance(effect, Charge))
        return max(0, self.balance - owed)

    def remaining_s(self, now_s: float) -> float | None:
        """Of the turn, the grace or the call; None where nothing runs down."""
        until_s = self._until_s()
        return None if until_s is None or until_s == inf else max(0.0, until_s - now_s)

    def _until_s(self) -> float | None:
        if self.turn is None:
            return self.queue.claim_by_s
        return self.turn.ends_s(self.rules) if self.turn.grace_until_s is None else self.turn.grace_until_s

    def waiting(self, now_s: float) -> Sequence[Waiting]:
        """The queue in its order. Everybody before plays a unit and its grace; who claims late, or joins in, adds."""
        wait_s = 0.0
        if self.turn is not None:
            wait_s = self.remaining_s(now_s) or 0.0
            wait_s += self.rules.grace if self.turn.grace_until_s is None else 0.0
        each_s = min(self.rules.turn, self.rules.turn_when_others_wait) + self.rules.grace
        return tuple(Waiting(place.ticket, wait_s + n * each_s) for n, place in enumerate(self.queue))

    def deadlines_s(self) -> Iterator[float]:
        """When something changes by itself."""
        if self.turn is None:
            if self.queue.claim_by_s is not None:
                yield self.queue.claim_by_s
        elif self.turn.grace_until_s is not None:
            yield self.turn.grace_until_s
        else:
            ends_s, alone_s = self.turn.ends_s(self.rules), self.turn.left_alone_s(self.rules)
            yield from (ends_s, ends_s - self.rules.warning, alone_s, alone_s - self.rules.grace)
            yield self.turn.began_s + INVITE_AFTER_S

    def forget_saving(self) -> None:
        """Whatever was to be saved belongs to somebody before: the next game must not be closed for it."""
        self.owed = {key: effect for key, effect in self.owed.items() if not isinstance(effect, SaveAndClose)}

    def lasting(self) -> object:
        """What a restart must not lose, to be compared with itself: equal, so long as no new snapshot is needed."""
        turn = self.turn
        played = turn and (turn.id, turn.units, frozenset(turn.players), turn.cut_s, turn.grace_until_s, turn.game)
        places = tuple((place.ticket, place.missed) for place in self.queue)
        return played, places, self.queue.claim_by_s, tuple(self.owed), self.allowance.taken

    def snapshot(self, now_s: float) -> Mapping[str, Json]:
        return {
            "version": VERSION,
            "series": self.series,
            "begun": self.begun,
            "turn": None if self.turn is None else self.turn.snapshot(now_s),
            "queue": self.queue.snapshot(now_s),
            "allowance": self.allowance.snapshot(now_s),
            "owed": [owed_to_json(effect) for effect in self.owed.values()],
        }

    def restore(self, snapshot: Mapping[str, Any], zero_s: float, *, same_day: bool) -> None:
        """`zero_s`: what the seconds of the snapshot are counted from.

        Raises:
            KeyError, TypeError, ValueError, AttributeError: it is no snapshot of this release.
        """
        if snapshot["version"] != VERSION:
            raise ValueError(f"it has version {snapshot['version']}, and this release knows {VERSION}")
        self.series, self.begun = str(snapshot["series"]), int(snapshot["begun"])
        self.turn = None if snapshot["turn"] is None else Turn.restored(snapshot["turn"], zero_s)
        self.queue.restore(snapshot["queue"], zero_s)
        self.allowance.restore(snapshot["allowance"], zero_s, same_day=same_day)
        self.owed = {effect.id: effect for effect in map(owed_from_json, snapshot["owed"])}
