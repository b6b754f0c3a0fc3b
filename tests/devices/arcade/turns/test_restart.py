"""The daemon is killed, or the power fails."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.arcade.options import Pay
from devices.arcade.turns.effects import Admit, Charge, SaveAndClose, SessionEnded
from devices.arcade.turns.situation import Phase
from devices.arcade.turns.turns import BadSnapshot, Turns
from tests.devices.arcade.turns.attendant import RULES, Attendant


def test_a_turn_goes_on_and_the_time_of_a_quick_restart_counts() -> None:
    cabinet = Attendant(Pay.COINS)
    cabinet.coin()
    cabinet.press(2)
    cabinet.play(100, player=2)
    cabinet.restart(5.0)
    assert (cabinet.phase, cabinet.admitted, cabinet.remaining_s) == (Phase.PLAYING, 2, pytest.approx(495))


def test_after_a_power_cut_everybody_gets_the_time_that_was_left() -> None:
    cabinet = Attendant(Pay.COINS)
    cabinet.coin()
    cabinet.press()
    cabinet.play(100)
    cabinet.restart(120.0, powered=False)
    assert cabinet.remaining_s == pytest.approx(500)


def test_the_queue_and_its_order_survive() -> None:
    cabinet = Attendant()
    cabinet.press()
    tickets = [cabinet.join() for _ in range(3)]
    cabinet.restart(None, powered=False)
    assert cabinet.queue == tickets
    assert cabinet.remaining_s == pytest.approx(300)


def test_a_call_goes_on() -> None:
    cabinet = Attendant()
    ticket = cabinet.join()
    cabinet.after(20)
    cabinet.restart(5.0)
    assert (cabinet.phase, cabinet.ticket, cabinet.remaining_s) == (Phase.CALLING, ticket, pytest.approx(20))


def test_the_grace_goes_on() -> None:
    cabinet = Attendant()
    cabinet.press()
    cabinet.end_turn()
    cabinet.after(10)
    cabinet.restart(5.0)
    assert (cabinet.phase, cabinet.remaining_s) == (Phase.GRACE, pytest.approx(15))


def test_after_ten_minutes_turn_and_queue_are_over_and_the_session_is_counted() -> None:
    cabinet = Attendant()
    cabinet.press()
    cabinet.play(50)
    cabinet.join()
    cabinet.restart(601.0, powered=False)
    assert (cabinet.phase, cabinet.queue, cabinet.admitted) == (Phase.FREE, [], 0)
    assert cabinet.sessions[0].seconds == pytest.approx(50)
    assert len(cabinet.saved) == 1


def test_whoever_plays_when_the_house_closed_meanwhile_has_the_grace() -> None:
    cabinet = Attendant()
    cabinet.press()
    cabinet.is_open = False
    cabinet.restart(5.0)
    assert (cabinet.phase, cabinet.remaining_s) == (Phase.GRACE, 30.0)


def test_what_was_handed_out_and_not_done_is_handed_out_again_with_the_same_id() -> None:
    turns = Turns(Attendant(Pay.COINS).rules, players=2, series="house")
    turns.balance(1, 0.0)
    turns.press(1, 0.0, start=True)
    snapshot = turns.snapshot(0.0)
    again = Turns.restore(turns.situation.rules, snapshot, 0.0, players=2, balance=1, age_s=0.0, powered=True)
    charges = [[effect for effect in each.take_effects() if isinstance(effect, Charge)] for each in (turns, again)]
    assert charges == [[Charge(1, "house-1-paid-0")]] * 2
    assert again.situation.credits == 0


def test_a_killed_cabinet_saves_and_counts_the_session_that_had_ended() -> None:
    turns = Turns(RULES, players=2, series="house")
    turns.press(1, 0.0, start=True)
    turns.tick(200.0)
    again = Turns.restore(RULES, turns.snapshot(200.0), 0.0, players=2, balance=0)
    kinds = [type(effect) for effect in again.take_effects()]
    assert kinds[:3] == [Admit, SaveAndClose, SessionEnded]


def test_the_turns_after_a_restart_have_new_ids() -> None:
    cabinet = Attendant(Pay.COINS)
    for _ in range(3):
        cabinet.coin()
        cabinet.press()
        cabinet.after(200)
        cabinet.restart()
    assert len(cabinet.spent) == len(cabinet.sessions) == 3
    assert cabinet.ledger == 0


def test_a_revision_says_when_a_snapshot_is_due() -> None:
    cabinet = Attendant()
    revisions = [cabinet.turns.revision]

    def remember() -> None:
        revisions.append(cabinet.turns.revision)

    cabinet.after(500)
    remember()
    cabinet.press()
    remember()
    cabinet.play(59)
    remember()
    cabinet.play(1)
    remember()
    cabinet.join()
    remember()
    assert [after - before for before, after in pairwise(revisions)] == [0, 1, 0, 1, 1]


def test_whoever_played_all_the_time_is_not_taken_for_gone_after_a_restart() -> None:
    cabinet = Attendant()
    cabinet.press()
    cabinet.play(100)
    cabinet.turns.situation.turn.pressed_s -= 90  # type: ignore[union-attr]  # what a snapshot of then would say
    cabinet.restart(100.0)
    cabinet.after(170)
    assert cabinet.phase is Phase.PLAYING


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(["series", "begun", "turn", "queue", "allowance", "owed", "version"]), JSON)
def test_a_spoilt_snapshot_is_an_error_that_says_so_or_can_be_played_on(part: str, spoilt: Any) -> None:
    cabinet = Attendant()
    cabinet.press()
    cabinet.join()
    snapshot = {**cabinet.turns.snapshot(cabinet.now_s), part: spoilt}
    try:
        turns = Turns.restore(RULES, snapshot, 0.0, players=2, balance=0)
    except BadSnapshot as error:
        assert "cannot be read" in str(error)  # noqa: PT017 - some spoilt parts are harmless
    else:
        turns.tick(10_000.0)
