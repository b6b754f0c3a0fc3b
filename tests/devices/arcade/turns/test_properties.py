"""What holds whatever people do, and however often the daemon is killed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from devices.arcade.options import Pay
from devices.arcade.turns.effects import Message
from devices.arcade.turns.situation import Phase
from devices.arcade.turns.tickets import Ticket
from devices.errors import Refused
from tests.devices.arcade.turns.attendant import RULES, Attendant

BADGES = st.sampled_from(["ada", "bob", "cem", "dua"])
PATIENCE_S = 400.0
"""Longer than a turn of one unit, its grace and a claim last while others wait."""


class Afternoon(RuleBasedStateMachine):
    """Children come and go at a cabinet; each who waits is remembered in the order of coming."""

    @initialize(pay=st.sampled_from(Pay))
    def the_cabinet_is_switched_on(self, pay: Pay) -> None:
        self.cabinet = Attendant(pay)
        self.order: list[Ticket] = []
        self.called: set[Ticket | None] = set()
        self.heard = 0
        self.seen = 0

    @rule(seconds=st.floats(0, 700))
    def time_passes(self, seconds: float) -> None:
        self.cabinet.after(seconds)

    @rule(seconds=st.floats(0, 700), player=st.integers(1, 2))
    def somebody_plays(self, seconds: float, player: int) -> None:
        self.cabinet.play(seconds, player=player)

    @rule(player=st.integers(1, 3), start=st.booleans())
    def somebody_presses(self, player: int, start: bool) -> None:
        self.cabinet.press(player, start=start)

    @rule(credits_=st.integers(1, 3))
    def a_coin_falls(self, credits_: int) -> None:
        self.cabinet.coin(credits_)

    @rule()
    def somebody_taps_on_the_page(self) -> None:
        try:
            self.comes(self.cabinet.join())
        except Refused:
            assert not self.cabinet.is_open or len(self.cabinet.queue) == RULES.queue

    @rule(badge=BADGES)
    def somebody_shows_a_badge(self, badge: str) -> None:
        before = self.cabinet.queue
        self.cabinet.badge(badge)
        for ticket in self.cabinet.queue:
            if ticket not in before:
                self.comes(ticket)

    def comes(self, ticket: Ticket) -> None:
        self.order.append(ticket)
        self.called.discard(ticket)

    @precondition(lambda self: self.cabinet.queue)
    @rule(data=st.data())
    def somebody_leaves_the_queue(self, data: st.DataObject) -> None:
        ticket = data.draw(st.sampled_from(self.cabinet.queue))
        self.cabinet.leave(ticket)
        self.order.remove(ticket)

    @rule(is_open=st.booleans())
    def the_house_opens_or_closes(self, is_open: bool) -> None:
        self.cabinet.hours(is_open)

    @precondition(lambda self: self.cabinet.phase in (Phase.PLAYING, Phase.GRACE))
    @rule()
    def a_technician_ends_the_turn(self) -> None:
        self.cabinet.end_turn()

    @rule(name=st.sampled_from(["tetris.zip", None]))
    def a_game_begins_or_ends(self, name: str | None) -> None:
        self.cabinet.game(name)

    @rule(age_s=st.none() | st.floats(0, 900), powered=st.booleans())
    def the_daemon_is_killed(self, age_s: float | None, powered: bool) -> None:
        self.cabinet.restart(age_s, powered=powered and age_s is not None)

    @rule(player=st.integers(1, 2), carried_out=st.integers(0, 5), seconds=st.floats(0, 400))
    def the_daemon_is_killed_amid_its_work(self, player: int, carried_out: int, seconds: float) -> None:
        self.cabinet.after(seconds)
        self.cabinet.press_and_be_killed(player, carried_out)

    @invariant()
    def the_order_of_turns_is_the_order_of_coming_but_for_those_who_did_not_come(self) -> None:
        begun, self.seen = self.cabinet.begun[self.seen :], len(self.cabinet.begun)
        for ticket, still_wait in begun:
            before = [] if ticket is None else self.order[: self.order.index(ticket)]
            assert set(before).isdisjoint(still_wait), f"{ticket} plays before {before}"
        self.order = [ticket for ticket in self.order if ticket in self.cabinet.queue]
        assert self.cabinet.punctual == [ticket for ticket in self.order if ticket in self.cabinet.punctual]
        assert sorted(self.order) == sorted(self.cabinet.queue)

    @invariant()
    def nobody_misses_a_call_that_was_not_said(self) -> None:
        said, self.heard = self.cabinet.said[self.heard :], len(self.cabinet.said)
        self.called |= {announce.ticket for announce in said if announce.kind is Message.CALL}
        assert set(self.cabinet.queue) - set(self.cabinet.punctual) <= self.called

    @invariant()
    def there_are_never_two_turns(self) -> None:
        plays = self.cabinet.phase in (Phase.PLAYING, Phase.GRACE)
        assert self.cabinet.turns.situation.begun - len(self.cabinet.sessions) == plays
        assert len(self.cabinet.saved) == len(self.cabinet.sessions)
        assert (self.cabinet.admitted > 0) == plays

    @invariant()
    def time_is_never_negative(self) -> None:
        assert (self.cabinet.remaining_s or 0.0) >= 0
        assert all(wait_s >= 0 for wait_s in self.cabinet.waits_s)
        assert all(session.seconds >= 0 and session.waited_s >= 0 for session in self.cabinet.sessions)
        deadline_s = self.cabinet.turns.next_deadline_s
        assert deadline_s is None or deadline_s > self.cabinet.now_s

    @invariant()
    def credits_are_conserved(self) -> None:
        assert self.cabinet.turns.situation.credits == self.cabinet.ledger >= 0
        if self.cabinet.turns.situation.rules.pay is Pay.COINS:
            assert len(self.cabinet.spent) >= self.cabinet.turns.situation.begun
        else:
            assert not self.cabinet.spent

    @invariant()
    def closed_means_closed(self) -> None:
        if not self.cabinet.is_open:
            assert self.cabinet.phase in (Phase.CLOSED, Phase.GRACE)
            assert not self.cabinet.queue

    @invariant()
    def tickets_are_unique(self) -> None:
        tickets = [*self.cabinet.queue, *([self.cabinet.ticket] if self.cabinet.phase is Phase.PLAYING else [])]
        assert len(set(tickets)) == len(tickets) <= RULES.queue + 1

    def teardown(self) -> None:
        """Everybody who still waits is called, and has the turn when coming."""
        if not hasattr(self, "cabinet"):
            return
        cabinet = self.cabinet
        waiting = cabinet.queue
        cabinet.inserted += len(waiting)
        cabinet.turns.balance(cabinet.ledger, cabinet.now_s)
        cabinet.play(cabinet.remaining_s or 0.0)  # a turn for which several credits were paid
        for _ in range(2 * len(waiting) + 1):
            cabinet.after(10)
            cabinet.press()
            cabinet.badge(f"late {len(cabinet.sessions)}")
            cabinet.play(PATIENCE_S)
        called = {announce.ticket for announce in cabinet.said if announce.kind is Message.CALL}
        assert set(waiting) <= called


def test_whatever_happens_in_an_afternoon_is_fair() -> None:
    run_state_machine_as_test(Afternoon, settings=settings(max_examples=60, stateful_step_count=30, deadline=None))


@given(st.floats(0, 539))
def test_a_turn_is_never_shorter_than_promised_while_others_wait_nor_longer_than_without(joined_s: float) -> None:
    cabinet = Attendant(Pay.COINS)
    cabinet.coin()
    cabinet.press()
    cabinet.play(joined_s)
    cabinet.join()
    assert joined_s + cabinet.remaining_s == pytest.approx(max(300.0, min(600.0, joined_s + 60.0)))
