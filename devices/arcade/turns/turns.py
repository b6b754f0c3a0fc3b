"""Who plays, who is next: the rules of the house as a pure state machine.

Every input takes `now_s`, monotonic seconds; nothing here reads a clock, waits, or touches a disk. After each input
`take_effects` gives what the cabinet must carry out, and `next_deadline_s` says when it wants its next `tick`.

The rules, as a kind attendant would have them:

- Time is bought by the unit: a credit, a turn of a badge, or nothing where play is free. A unit is `turn` seconds,
  `turn_when_others_wait` while somebody waits. The end is always computed from what is so now: when somebody joins the
  queue, the running turn shrinks to what it would have been, but whoever plays keeps at least the time of the warning.
  When the last one leaves the queue, it grows back.
- While nobody waits, every credit becomes time at once, a badge's next turn is taken a warning's time before the end
  without a word, and free play has no end. While somebody waits, a turn is one unit and credits are kept for the next.
- After the end comes the grace. Then the game is saved and closed, and the next is called. A press of any switch, or
  the badge again, claims the turn. Whoever does not come in time lets the next one go first, once; the second time
  the place is lost.
- A turn without a press for `idle` seconds ends without grace.
- Closing cuts the turn (the grace remains) and sends the queue home. Credits stay for another day.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from math import inf
from typing import Any, Self

from devices.arcade.options import Pay, TurnRules
from devices.arcade.turns.course import Course
from devices.arcade.turns.effects import Admit, Charge, Effect, Message
from devices.arcade.turns.queue import Place
from devices.arcade.turns.screen import Notice
from devices.arcade.turns.situation import Phase, Situation
from devices.arcade.turns.tickets import Ticket
from devices.arcade.turns.turn import Turn
from devices.device import Json
from devices.errors import AlcolabError, Refused

FORGOTTEN_AFTER_S = 600.0
"""After so long without the cabinet, those who played and waited have gone."""

REVISE_EVERY_S = 60.0
"""While somebody plays or waits, a snapshot is never older than this."""
CHANGE_PLACES_S = 5.0
"""Whoever has just played still presses: for so long after a turn that begins and claims nothing."""


class BadSnapshot(AlcolabError, ValueError):
    """What was remembered of turns and queue cannot be read: begin anew."""


class Turns:
    """Turns and queue of one cabinet that has panels for so many `players`; what is so stands in `situation`.

    `series` makes the ids of this machine's effects its own: a new one (`uuid4().hex`) wherever no snapshot is
    restored, so that the ledger never takes a new charge for an old one.
    """

    def __init__(self, rules: TurnRules, *, players: int, series: str, is_open: bool = True) -> None:
        self.situation = Situation(rules, players=players, series=series, is_open=is_open)
        self.revision = 0
        """Grows whenever a new snapshot is due: when something happened, and every minute while somebody plays."""
        self._rules = rules
        self._course = Course(self.situation)
        self._now_s = -inf
        self._noted: object = None
        self._revised_s = -inf

    def take_effects(self) -> Sequence[Effect]:
        """What to carry out now, in this order. Save the snapshot first: then nothing is charged or counted twice."""
        effects, self._course.effects = tuple(self._course.effects), []
        return effects

    @property
    def next_deadline_s(self) -> float | None:
        """When to `tick` at the latest, if nothing else happens before."""
        deadlines_s = [*self.situation.deadlines_s(), self._course.screen.moment_until_s or inf]
        if self.situation.in_use:
            deadlines_s.append(self._revised_s + REVISE_EVERY_S)
        return min((at_s for at_s in deadlines_s if self._now_s < at_s < inf), default=None)

    # What happens

    def tick(self, now_s: float) -> None:
        """Time has passed. A `now_s` before the last one counts as the last one."""
        self._now_s = max(self._now_s, now_s)
        self._settle(self._now_s)

    def balance(self, balance: int, now_s: float) -> None:
        """The ledger's balance in credits: at the start and after every coin, grant, and charge that is done."""
        now_s = self._at(now_s)
        queue = self.situation.queue
        if balance > self.situation.balance and queue.claim_by_s is not None:
            queue.claim_by_s = now_s + self._rules.claim  # somebody is there, and looks for coins
        self.situation.balance = balance
        self._settle(now_s)

    def join(self, now_s: float) -> Ticket:
        """A tap on the page.

        Raises:
            Refused: the cabinet is closed, or as many as may are waiting.
        """
        now_s = self._at(now_s)
        if not self.situation.is_open:
            raise Refused("the cabinet is closed: come back when it is open")
        ticket = self.situation.queue.join(None, now_s, taken=[self.situation.ticket]).ticket
        self._settle(now_s)
        return ticket

    def leave(self, ticket: str, now_s: float) -> None:
        """Give up a place in the queue.

        Raises:
            Refused: nobody waits with this ticket.
        """
        now_s = self._at(now_s)
        self.situation.queue.leave(ticket)
        self._settle(now_s)

    def badge(self, credential: str, now_s: float) -> Ticket | None:
        """A badge was shown: it begins a turn, claims one, or joins the queue. What came of it is announced.

        `credential` is the reader's keyed hash. Returns the badge's ticket, None where it has none.
        """
        now_s = self._at(now_s)
        ticket = self._badge(credential, now_s)
        self._settle(now_s)
        return ticket

    def press(self, player: int, now_s: float, *, start: bool) -> None:
        """A switch of this player (from 1) was pressed; `start`: the START button."""
        now_s = self._at(now_s)
        if self.situation.turn is not None:
            self._play(self.situation.turn, player, now_s, start=start)
        elif now_s >= self.situation.ended_s + CHANGE_PLACES_S:
            self._come(player, now_s)
        self._settle(now_s)

    def game(self, name: str | None, now_s: float) -> None:
        """A game has begun, or None: it has ended. During the grace that ends the turn."""
        now_s = self._at(now_s)
        self.situation.game = name
        if (turn := self.situation.turn) is not None:
            ended = name is None and turn.game is not None
            turn.game = name or turn.game
            if ended and turn.grace_until_s is not None:
                self._course.end(turn, now_s)
        self._settle(now_s)

    def hours(self, is_open: bool, now_s: float) -> None:
        """The house is open, or closed."""
        now_s = self._at(now_s)
        self.situation.is_open = is_open
        self._settle(now_s)

    def day(self, today: date | None, now_s: float) -> None:
        """The local date, said at the start and about once a minute; None: the clock is not trusted."""
        now_s = self._at(now_s)
        self.situation.allowance.day(today, now_s)
        self._settle(now_s)

    def end_turn(self, now_s: float) -> None:
        """A technician ends the turn: first comes the grace, and asked again during the grace, the end.

        Raises:
            Refused: nobody plays.
        """
        now_s = self._at(now_s)
        if (turn := self.situation.turn) is None:
            raise Refused("nobody is playing: there is no turn to end")
        if turn.grace_until_s is None:
            turn.cut_s = now_s
        else:
            self._course.end(turn, now_s)
        self._settle(now_s)

    def done(self, effect_id: str) -> None:
        """An owed effect has been carried out and is on disk. After a charge, say the new `balance` too."""
        effect = self.situation.owed.pop(effect_id, None)
        if isinstance(effect, Charge):
            self.situation.balance -= effect.credits  # else they could be spent again before the balance is said
        if effect is not None:
            self.revision += 1

    def _at(self, now_s: float) -> float:
        """What was due before an input happens before it."""
        self.tick(now_s)
        return self._now_s

    # Coming, claiming, paying, playing

    def _come(self, player: int, now_s: float) -> None:
        if self.situation.phase is Phase.CALLING:
            self._claim(now_s, player=player)
        elif self.situation.phase is Phase.FREE:
            self._start(now_s, player=player)

    def _badge(self, credential: str, now_s: float) -> Ticket | None:
        situation = self.situation
        if situation.turn is not None and situation.turn.credential == credential:
            return situation.turn.ticket
        place = situation.queue.of(credential)
        if situation.phase is Phase.CALLING and (place is situation.queue.first or self._pays_for_a_tap(place)):
            return self._claim(now_s, credential=credential)
        if place is not None:
            return place.ticket
        if not situation.is_open:
            return None
        if self._rules.pay is Pay.BADGE and not situation.allowance.left(credential):
            self._course.say_for_a_moment(Notice(Message.TOMORROW), now_s)
            return None
        if situation.phase is Phase.FREE:
            self._start(now_s, credential=credential)
            return None
        return self._queue_up(credential, now_s)

    def _pays_for_a_tap(self, place: Place | None) -> bool:
        """Whether a badge that does not wait is that of the one who is called and had tapped on the page."""
        return self._rules.pay is Pay.BADGE and place is None and self.situation.queue.first.credential is None

    def _queue_up(self, credential: str, now_s: float) -> Ticket | None:
        situation = self.situation
        try:
            ticket = situation.queue.join(credential, now_s, taken=[situation.ticket]).ticket
        except Refused:
            self._course.say_for_a_moment(Notice(Message.FULL), now_s)
            return None
        if situation.turn is not None:
            situation.turn.see_others(True, now_s, self._rules)
        wait_s = next(each.wait_s for each in situation.waiting(now_s) if each.ticket is ticket)
        self._course.say_for_a_moment(Notice(Message.TICKET, ticket, now_s + wait_s), now_s)
        return ticket

    def _claim(self, now_s: float, *, player: int | None = None, credential: str | None = None) -> Ticket | None:
        """The one who is called is there: the turn begins if it can be paid."""
        place = self.situation.queue.first
        credential = credential or place.credential
        if self._can_pay(credential, now_s):
            self.situation.queue.take_first()
            self._course.begin(now_s, player, credential, place.ticket, now_s - place.since_s)
        return place.ticket

    def _start(self, now_s: float, *, player: int | None = None, credential: str | None = None) -> None:
        """Somebody comes to a free cabinet."""
        if self._can_pay(credential, now_s):
            self._course.begin(now_s, player, credential, None, 0.0)

    def _can_pay(self, credential: str | None, now_s: float) -> bool:
        if (missing := self._missing(credential)) is not None:
            self._course.say_for_a_moment(Notice(missing, self.situation.ticket), now_s)
        return missing is None

    def _missing(self, credential: str | None) -> Message | None:
        """What is needed before a turn can begin."""
        if self._rules.pay is Pay.COINS and not self.situation.credits:
            return Message.INSERT_COIN
        if self._rules.pay is Pay.BADGE:
            if credential is None:
                return Message.SHOW_BADGE
            if not self.situation.allowance.left(credential):
                return Message.TOMORROW
        return None

    def _play(self, turn: Turn, player: int, now_s: float, *, start: bool) -> None:
        joins = not turn.players or (start and turn.grace_until_s is None)
        if joins and player not in turn.players and player <= self.situation.players_at_most:
            panels = turn.panels
            turn.players.add(player)
            if turn.panels != panels:
                self._course.effects.append(Admit(turn.panels))
        if player <= turn.panels:
            turn.pressed_s = now_s

    def _settle(self, now_s: float) -> None:
        self._course.go_on(now_s)
        lasting = self.situation.lasting()
        grown_old = self.situation.in_use and now_s >= self._revised_s + REVISE_EVERY_S
        if grown_old or lasting != self._noted:
            self._noted, self._revised_s = lasting, now_s
            self.revision += 1

    # What a restart of the daemon must not lose

    def snapshot(self, now_s: float) -> Mapping[str, Json]:
        """Everything as plain JSON, times as seconds from now. It bears badges' keyed hashes: keep it on this Pi."""
        return self.situation.snapshot(now_s)

    @classmethod
    def restore(
        cls,
        rules: TurnRules,
        snapshot: Mapping[str, Any],
        now_s: float,
        *,
        players: int,
        balance: int,
        is_open: bool = True,
        age_s: float | None = None,
        powered: bool = False,
    ) -> Self:
        """Go on where the snapshot was made, `age_s` ago (None: nobody knows).

        `powered`: the Pi ran meanwhile, so the game went on and its time counts; after a power cut everybody gets the
        time that was left. After ten minutes turn and queue are over (save a snapshot at every new `revision`, and
        none is older than a minute). What is owed is handed out again.

        Raises:
            BadSnapshot: it is no snapshot of this release.
        """
        turns = cls(rules, players=players, series="", is_open=is_open)
        passed_s = age_s if powered and age_s is not None else 0.0
        try:
            turns.situation.restore(snapshot, now_s - passed_s, same_day=age_s is not None)
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
            raise BadSnapshot(f"what was remembered of turns and queue cannot be read ({error!r})") from None
        turns.situation.balance = balance
        turns._course.effects = [Admit(turns.situation.panels), *turns.situation.owed.values()]
        turns._welcome_back(now_s, forgotten=age_s is not None and age_s > FORGOTTEN_AFTER_S)
        turns.tick(now_s)
        return turns

    def _welcome_back(self, now_s: float, *, forgotten: bool) -> None:
        """Presses since the snapshot are not known: whoever played has the time of `idle` anew to show it."""
        if forgotten:
            self.situation.queue.clear()
        if self.situation.turn is not None:
            if forgotten:
                self._course.end(self.situation.turn, now_s, played_until_s=self.situation.turn.pressed_s)
            else:
                self.situation.turn.pressed_s = now_s
