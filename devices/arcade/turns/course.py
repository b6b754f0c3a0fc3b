"""The course of turns: how they begin and end, what becomes time, who is called, and what is said meanwhile."""

from devices.arcade.options import Pay, TurnRules
from devices.arcade.turns.effects import Admit, Announce, Charge, Effect, Message, Owed, SaveAndClose, SessionEnded
from devices.arcade.turns.notices import notice
from devices.arcade.turns.screen import Notice, Screen
from devices.arcade.turns.situation import Phase, Situation
from devices.arcade.turns.tickets import Ticket
from devices.arcade.turns.turn import INVITE_AFTER_S, Turn


class Course:
    """Takes a situation further; `effects` is what the cabinet has to carry out for it."""

    def __init__(self, situation: Situation) -> None:
        self.effects: list[Effect] = []
        self.screen = Screen()
        self.situation = situation
        self._announced: tuple[Phase, Ticket | None] | None = None

    @property
    def _rules(self) -> TurnRules:
        return self.situation.rules

    def begin(
        self, now_s: float, player: int | None, credential: str | None, ticket: Ticket | None, waited_s: float
    ) -> None:
        """A turn begins, which can be paid."""
        situation = self.situation
        situation.forget_saving()
        situation.begun += 1
        situation.turn = turn = Turn(
            id=f"{situation.series}-{situation.begun}",
            began_s=now_s,
            pressed_s=now_s,
            ticket=ticket,
            credential=credential,
            waited_s=waited_s,
            players=set() if player is None else {player},
            game=situation.game,
            others_wait=bool(situation.queue),
        )
        self._buy(turn, 1)
        self.effects.append(Admit(turn.panels))

    def end(self, turn: Turn, now_s: float, *, played_until_s: float | None = None) -> None:
        """The turn is over; nobody has played since `played_until_s`."""
        self.situation.turn = None
        self.situation.ended_s = now_s
        self.effects.append(Admit(0))
        self._owe(SaveAndClose(f"{turn.id}-save"))
        self._owe(
            SessionEnded(
                id=turn.id,
                seconds=max(0.0, (now_s if played_until_s is None else played_until_s) - turn.began_s),
                players=max(1, len(turn.players)),
                paid=self._rules.pay,
                waited_s=turn.waited_s,
                game=turn.game,
                credential=turn.credential,
            )
        )

    def go_on(self, now_s: float) -> None:
        """Whatever is due at this time, and what the screen says then."""
        if not self.situation.is_open:
            self.situation.queue.clear()
        while self._step(now_s):
            pass
        self._announce(now_s)

    def say_for_a_moment(self, said: Notice, now_s: float) -> None:
        self._say(self.screen.for_a_moment(said, now_s))

    def _step(self, now_s: float) -> bool:
        """Whether something happened, so that more may follow."""
        return self._step_queue(now_s) if self.situation.turn is None else self._step_turn(self.situation.turn, now_s)

    def _step_queue(self, now_s: float) -> bool:
        queue = self.situation.queue
        if queue and queue.claim_by_s is None:
            queue.claim_by_s = now_s + self._rules.claim
        elif queue.claim_by_s is not None and now_s >= queue.claim_by_s:
            queue.miss_first()
            return True
        return False

    def _step_turn(self, turn: Turn, now_s: float) -> bool:
        if not self.situation.is_open and turn.grace_until_s is None and turn.cut_s is None:
            turn.cut_s = now_s
        turn.see_others(bool(self.situation.queue), now_s, self._rules)
        self._extend(turn, now_s)
        ends_s = turn.ends_s(self._rules)
        if turn.grace_until_s is None:
            return self._stop(turn, ends_s, now_s)
        if now_s >= turn.grace_until_s:
            self.end(turn, now_s)
            return True
        if now_s < ends_s and self.situation.is_open:
            turn.grace_until_s = None  # nobody waits any more, or a coin came
        return False

    def _stop(self, turn: Turn, ends_s: float, now_s: float) -> bool:
        """The time is over, or nobody is there any more."""
        if now_s >= turn.left_alone_s(self._rules):
            self.end(turn, now_s, played_until_s=turn.pressed_s)
            return True
        if now_s >= ends_s:
            turn.grace_until_s = now_s + self._rules.grace
        return False

    def _extend(self, turn: Turn, now_s: float) -> None:
        """While nobody waits, credits become time, and a badge's turn is renewed."""
        if turn.others_wait or turn.cut_s is not None or not self.situation.is_open:
            return
        if self._rules.pay is Pay.COINS and self.situation.credits:
            self._buy(turn, self.situation.credits)
        if self._rules.pay is Pay.BADGE and turn.credential is not None:
            allowance, warning_s = self.situation.allowance, self._rules.warning
            while now_s >= turn.ends_s(self._rules) - warning_s and allowance.left(turn.credential):
                self._buy(turn, 1)

    def _buy(self, turn: Turn, units: int) -> None:
        """More time; whether it can be paid was asked before."""
        if self._rules.pay is Pay.COINS:
            self._owe(Charge(units, f"{turn.id}-paid-{turn.units}"))
        elif self._rules.pay is Pay.BADGE and turn.credential is not None:
            self.situation.allowance.take(turn.credential)
        turn.units += units

    def _owe(self, effect: Owed) -> None:
        self.situation.owed[effect.id] = effect
        self.effects.append(effect)

    def _announce(self, now_s: float) -> None:
        situation = self.situation
        turn, phase = situation.turn, situation.phase
        if turn is not None and not turn.invited and now_s >= turn.began_s + INVITE_AFTER_S:
            turn.invited = True
            if phase is Phase.PLAYING and situation.players == 1 < situation.players_at_most:
                self.say_for_a_moment(Notice(Message.JOIN_IN, turn.ticket), now_s)
        # Whoever is called learns it at once, whatever is being said to somebody else.
        urgent, self._announced = (phase, situation.ticket) != self._announced, (phase, situation.ticket)
        self._say(self.screen.holds(notice(situation, now_s), now_s, urgent=urgent))

    def _say(self, announce: Announce | None) -> None:
        if announce is not None:
            self.effects.append(announce)
