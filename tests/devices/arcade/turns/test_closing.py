"""Closed means closed."""

import pytest

from devices.arcade.options import Pay
from devices.arcade.turns.effects import Message
from devices.arcade.turns.situation import Phase
from devices.errors import Refused
from tests.devices.arcade.turns.attendant import Attendant


def test_closing_ends_the_turn_with_grace() -> None:
    cabinet = Attendant()
    cabinet.press()
    cabinet.hours(False)
    assert (cabinet.phase, cabinet.shown, cabinet.remaining_s) == (Phase.GRACE, Message.FINISH, 30.0)
    cabinet.play(30)
    assert (cabinet.phase, cabinet.shown, cabinet.admitted) == (Phase.CLOSED, Message.CLOSED, 0)
    assert len(cabinet.sessions) == 1


def test_closing_sends_the_queue_home() -> None:
    cabinet = Attendant()
    cabinet.press()
    cabinet.join()
    cabinet.hours(False)
    assert cabinet.queue == []


@pytest.mark.parametrize("pay", Pay)
def test_nothing_begins_while_it_is_closed(pay: Pay) -> None:
    cabinet = Attendant(pay, is_open=False)
    cabinet.coin(2)
    cabinet.press()
    cabinet.badge("ada")
    with pytest.raises(Refused, match="closed"):
        cabinet.join()
    assert (cabinet.phase, cabinet.admitted, cabinet.ledger) == (Phase.CLOSED, 0, 2)


def test_a_coin_during_the_last_grace_stays_for_another_day() -> None:
    cabinet = Attendant(Pay.COINS)
    cabinet.coin()
    cabinet.press()
    cabinet.hours(False)
    cabinet.coin()
    cabinet.play(31)
    cabinet.hours(True)
    assert (cabinet.phase, cabinet.shown, cabinet.ledger) == (Phase.FREE, Message.WELCOME, 1)
