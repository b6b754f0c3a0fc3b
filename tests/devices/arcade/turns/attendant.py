"""A cabinet's part in a test: carries out what the rules ask for, on a clock that the test moves."""

import json
from dataclasses import replace
from typing import Any

from devices.arcade.options import Pay, TurnRules
from devices.arcade.turns.effects import Admit, Announce, Charge, Effect, Message, SaveAndClose, SessionEnded
from devices.arcade.turns.situation import Phase
from devices.arcade.turns.tickets import Ticket
from devices.arcade.turns.turns import Turns

RULES = TurnRules(
    turn=600.0,
    turn_when_others_wait=300.0,
    together=120.0,
    warning=60.0,
    grace=30.0,
    claim=45.0,
    idle=180.0,
    queue=12,
    badge_turns=4,
)


class Attendant:
    """Ticks at every deadline, as the cabinet does, and keeps a ledger."""

    def __init__(
        self, pay: Pay = Pay.FREE, *, players: int = 2, is_open: bool = True, rules: TurnRules = RULES
    ) -> None:
        self.rules = replace(rules, pay=pay)
        self.players = players
        self.is_open = is_open
        self.now_s = 1000.0
        self.inserted = 0
        self.spent: dict[str, int] = {}
        self.admitted = 0
        self.screen: Announce | None = None
        self.said: list[Announce] = []
        self.sessions: list[SessionEnded] = []
        self.saved: set[str] = set()
        self.begun: list[tuple[Ticket | None, list[Ticket]]] = []
        """Whose turn began, and who waited then without having missed a call."""
        self.turns = Turns(self.rules, players=players, series="test", is_open=is_open)
        self.after(0.0)

    @property
    def ledger(self) -> int:
        return self.inserted - sum(self.spent.values())

    @property
    def phase(self) -> Phase:
        return self.turns.situation.phase

    @property
    def ticket(self) -> Ticket | None:
        return self.turns.situation.ticket

    @property
    def remaining_s(self) -> Any:
        """A number or None; not typed as such, to be compared with `pytest.approx` inside of tuples."""
        return self.turns.situation.remaining_s(self.now_s)

    @property
    def queue(self) -> list[Ticket]:
        return [each.ticket for each in self.turns.situation.waiting(self.now_s)]

    @property
    def waits_s(self) -> list[float]:
        return [each.wait_s for each in self.turns.situation.waiting(self.now_s)]

    @property
    def shown(self) -> Message | None:
        return None if self.screen is None else self.screen.kind

    def after(self, seconds: float) -> None:
        """Let time pass."""
        until_s = self.now_s + seconds
        while (deadline_s := self.turns.next_deadline_s) is not None and deadline_s <= until_s:
            self.now_s = deadline_s
            self.turns.tick(deadline_s)
            self.carry_out()
        self.now_s = until_s
        self.turns.tick(until_s)
        self.carry_out()

    def play(self, seconds: float, *, player: int = 1) -> None:
        """Let time pass with somebody at the switches."""
        while seconds > 0:
            step_s = min(20.0, seconds)
            self.after(step_s)
            self.press(player, start=False)
            seconds -= step_s

    def press(self, player: int = 1, *, start: bool = True) -> None:
        self.turns.press(player, self.now_s, start=start)
        self.carry_out()

    def coin(self, credits_: int = 1) -> None:
        self.inserted += credits_
        self.turns.balance(self.ledger, self.now_s)
        self.carry_out()

    def badge(self, credential: str) -> Ticket | None:
        ticket = self.turns.badge(credential, self.now_s)
        self.carry_out()
        return ticket

    def join(self) -> Ticket:
        ticket = self.turns.join(self.now_s)
        self.carry_out()
        return ticket

    def leave(self, ticket: str) -> None:
        self.turns.leave(ticket, self.now_s)
        self.carry_out()

    def hours(self, is_open: bool) -> None:
        self.is_open = is_open
        self.turns.hours(is_open, self.now_s)
        self.carry_out()

    def end_turn(self) -> None:
        self.turns.end_turn(self.now_s)
        self.carry_out()

    def game(self, name: str | None) -> None:
        self.turns.game(name, self.now_s)
        self.carry_out()

    def restart(self, age_s: float | None = 0.0, *, powered: bool = True) -> None:
        """Killed after its last snapshot, and started again `age_s` later, on a clock of its own after a power cut."""
        snapshot = json.dumps(self.turns.snapshot(self.now_s))
        self.now_s = self.now_s + (age_s or 0.0) if powered else 5.0
        self._restore(snapshot, age_s, powered=powered)

    def press_and_be_killed(self, player: int, carried_out: int) -> None:
        """The snapshot was saved, and so many of the effects were carried out, when the daemon was killed."""
        self.turns.press(player, self.now_s, start=True)
        snapshot = json.dumps(self.turns.snapshot(self.now_s))
        self._note_turn()
        for effect in self.turns.take_effects()[:carried_out]:
            self._carry_out(effect)
        self._restore(snapshot, 0.0, powered=True)

    def _restore(self, snapshot: str, age_s: float | None, *, powered: bool) -> None:
        self.turns = Turns.restore(
            self.rules,
            json.loads(snapshot),
            self.now_s,
            players=self.players,
            balance=self.ledger,
            is_open=self.is_open,
            age_s=age_s,
            powered=powered,
        )
        self.carry_out()

    @property
    def punctual(self) -> list[Ticket]:
        """Those who wait and have not missed a call."""
        return [place.ticket for place in self.turns.situation.queue if not place.missed]

    def carry_out(self) -> None:
        self._note_turn()
        for effect in self.turns.take_effects():
            self._carry_out(effect)

    def _note_turn(self) -> None:
        if self.turns.situation.begun > len(self.begun):
            self.begun.append((self.ticket, self.punctual))

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Admit(players):
                self.admitted = players
            case Announce():
                self.screen = effect
                self.said.append(effect)
            case Charge():
                self._charge(effect)
            case SaveAndClose(id=key):
                self.saved.add(key)
                self.turns.done(key)
            case SessionEnded(id=key):
                self.sessions += [] if key in {session.id for session in self.sessions} else [effect]
                self.turns.done(key)

    def _charge(self, charge: Charge) -> None:
        if charge.id not in self.spent:
            assert charge.credits <= self.ledger, "credits are spent that nobody inserted"
            self.spent[charge.id] = charge.credits
        self.turns.done(charge.id)
        self.turns.balance(self.ledger, self.now_s)
