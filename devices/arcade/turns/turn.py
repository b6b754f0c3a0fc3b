"""The turn that is being played, and when it ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from devices.arcade.options import Pay, TurnRules
from devices.arcade.turns.tickets import Ticket
from devices.device import Json

INVITE_AFTER_S = 15.0
"""Whoever plays alone so long is told that a second player may join in."""


@dataclass(slots=True)
class Turn:
    """All times are monotonic seconds."""

    id: str
    began_s: float
    pressed_s: float
    """The last press of somebody who plays."""
    units: int = 0
    """Credits, or turns of a badge, that were given for it."""
    ticket: Ticket | None = None
    credential: str | None = None
    waited_s: float = 0.0
    players: set[int] = field(default_factory=set)
    """Panels from which START was pressed; empty until the first press of a turn that a badge began."""
    others_wait: bool = False
    no_sooner_s: float = -inf
    """Whoever came during the turn does not end it before this."""
    cut_s: float | None = None
    """Ends now, whatever was promised: the house closes, or a technician says so."""
    grace_until_s: float | None = None
    invited: bool = False
    """A second player was asked to join in."""
    game: str | None = None

    @property
    def panels(self) -> int:
        """How many players' switches reach the game."""
        return max(self.players, default=1)

    def ends_s(self, rules: TurnRules) -> float:
        """When the time is over and the grace begins; infinite where play is free and nobody waits.

        It is computed from what is so now, so that it shrinks when somebody comes and grows back when they leave.
        """
        if self.cut_s is not None:
            return self.cut_s
        bonus_s = rules.together if len(self.players) > 1 else 0.0
        alone_s = inf if rules.pay is Pay.FREE else self.began_s + self.units * rules.turn + bonus_s
        if not self.others_wait:
            return alone_s
        shorter_s = min(rules.turn, rules.turn_when_others_wait)
        return max(self.began_s + self.units * shorter_s + bonus_s, min(self.no_sooner_s, alone_s))

    def see_others(self, wait: bool, now_s: float, rules: TurnRules) -> None:
        """Somebody waits, or nobody any more. Whoever plays keeps at least the time of the warning."""
        if wait and not self.others_wait:
            self.no_sooner_s = now_s + rules.warning
        self.others_wait = wait

    def left_alone_s(self, rules: TurnRules) -> float:
        """When it ends because nobody has pressed anything."""
        return self.pressed_s + rules.idle

    def snapshot(self, now_s: float) -> Mapping[str, Json]:
        def from_now(at_s: float | None) -> float | None:
            return None if at_s is None or at_s == -inf else at_s - now_s

        return {
            "id": self.id,
            "began_s": self.began_s - now_s,
            "pressed_s": self.pressed_s - now_s,
            "units": self.units,
            "ticket": self.ticket,
            "credential": self.credential,
            "waited_s": self.waited_s,
            "players": sorted(self.players),
            "others_wait": self.others_wait,
            "no_sooner_s": from_now(self.no_sooner_s),
            "cut_s": from_now(self.cut_s),
            "grace_until_s": from_now(self.grace_until_s),
            "invited": self.invited,
            "game": self.game,
        }

    @classmethod
    def restored(cls, fields: Mapping[str, Any], zero_s: float) -> "Turn":
        """`zero_s`: what the seconds of the snapshot are counted from. Errors as in `Turns.restore`."""

        def at(name: str) -> float | None:
            return None if fields[name] is None else zero_s + float(fields[name])

        no_sooner_s = at("no_sooner_s")
        return cls(
            id=str(fields["id"]),
            began_s=zero_s + float(fields["began_s"]),
            pressed_s=zero_s + float(fields["pressed_s"]),
            units=int(fields["units"]),
            ticket=None if fields["ticket"] is None else Ticket(fields["ticket"]),
            credential=fields["credential"],
            waited_s=float(fields["waited_s"]),
            players={int(player) for player in fields["players"]},
            others_wait=bool(fields["others_wait"]),
            no_sooner_s=-inf if no_sooner_s is None else no_sooner_s,
            cut_s=at("cut_s"),
            grace_until_s=at("grace_until_s"),
            invited=bool(fields["invited"]),
            game=fields["game"],
        )
