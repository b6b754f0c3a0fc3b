"""Turns that are paid with credits."""

import pytest

from devices.arcade.options import Pay
from devices.arcade.turns.effects import Charge, Message, SaveAndClose
from devices.arcade.turns.situation import Phase
from tests.devices.arcade.turns.attendant import Attendant


@pytest.fixture
def cabinet() -> Attendant:
    return Attendant(Pay.COINS)


def test_without_credits_a_press_asks_for_a_coin(cabinet: Attendant) -> None:
    cabinet.press()
    assert (cabinet.phase, cabinet.shown) == (Phase.FREE, Message.INSERT_COIN)


def test_a_coin_and_a_press_begin_a_turn(cabinet: Attendant) -> None:
    cabinet.coin()
    assert (cabinet.phase, cabinet.shown, cabinet.ledger) == (Phase.FREE, Message.WELCOME, 1)
    cabinet.press()
    assert (cabinet.phase, cabinet.ledger, cabinet.remaining_s) == (Phase.PLAYING, 0, 600.0)


def test_while_nobody_waits_all_credits_become_time(cabinet: Attendant) -> None:
    cabinet.coin(2)
    cabinet.press()
    assert cabinet.remaining_s == 1200.0
    cabinet.play(100)
    cabinet.coin()
    assert (cabinet.remaining_s, cabinet.ledger) == (1700.0, 0)


def test_while_somebody_waits_credits_are_kept_for_the_next(cabinet: Attendant) -> None:
    cabinet.coin()
    cabinet.press()
    cabinet.join()
    cabinet.coin()
    assert (cabinet.remaining_s, cabinet.ledger) == (300.0, 1)
    cabinet.play(330)
    cabinet.after(5)
    cabinet.press()
    assert (cabinet.phase, cabinet.ledger) == (Phase.PLAYING, 0)


def test_each_credit_is_worth_its_shorter_time_when_somebody_joins(cabinet: Attendant) -> None:
    cabinet.coin(3)
    cabinet.press()
    cabinet.join()
    assert cabinet.remaining_s == 900.0


def test_a_turn_takes_one_credit_while_others_wait(cabinet: Attendant) -> None:
    cabinet.coin(3)
    cabinet.join()
    cabinet.join()
    cabinet.press()
    assert (cabinet.remaining_s, cabinet.ledger) == (300.0, 2)


def test_credits_that_were_kept_become_time_when_the_queue_empties(cabinet: Attendant) -> None:
    cabinet.coin()
    cabinet.press()
    ticket = cabinet.join()
    cabinet.coin()
    cabinet.leave(ticket)
    assert (cabinet.remaining_s, cabinet.ledger) == (1200.0, 0)


def test_a_coin_during_the_grace_goes_on(cabinet: Attendant) -> None:
    cabinet.coin()
    cabinet.press()
    cabinet.play(610)
    assert cabinet.phase is Phase.GRACE
    cabinet.coin()
    assert (cabinet.phase, cabinet.shown, cabinet.remaining_s) == (Phase.PLAYING, Message.PLAY, 590.0)


def test_the_called_one_gets_time_to_look_for_a_coin(cabinet: Attendant) -> None:
    cabinet.join()
    cabinet.after(40)
    cabinet.press()
    assert (cabinet.phase, cabinet.shown) == (Phase.CALLING, Message.INSERT_COIN)
    cabinet.coin()
    assert cabinet.remaining_s == 45.0
    cabinet.press()
    assert (cabinet.phase, cabinet.shown) == (Phase.PLAYING, Message.PLAY)


def test_a_charge_that_the_ledger_has_not_confirmed_is_not_spent_again(cabinet: Attendant) -> None:
    cabinet.coin()
    cabinet.turns.press(1, cabinet.now_s, start=True)
    assert cabinet.turns.situation.credits == 0
    cabinet.turns.balance(1, cabinet.now_s)
    assert [effect for effect in cabinet.turns.take_effects() if isinstance(effect, Charge)] == [
        Charge(1, "test-1-paid-0")
    ]


def test_what_could_not_be_saved_never_closes_the_next_ones_game(cabinet: Attendant) -> None:
    cabinet.coin(2)
    cabinet.join()
    cabinet.join()
    cabinet.press()
    cabinet.turns.tick(cabinet.now_s + 300)
    cabinet.turns.tick(cabinet.now_s + 330)
    owed = cabinet.turns.situation.owed
    assert any(isinstance(effect, SaveAndClose) for effect in owed.values())
    cabinet.turns.press(1, cabinet.now_s + 335, start=True)
    assert not any(isinstance(effect, SaveAndClose) for effect in cabinet.turns.situation.owed.values())
