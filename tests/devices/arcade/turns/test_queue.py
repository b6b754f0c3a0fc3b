"""The queue: tickets, calling, coming too late."""

import pytest

from devices.arcade.options import Pay
from devices.arcade.turns.effects import Message
from devices.arcade.turns.situation import Phase
from devices.arcade.turns.tickets import Ticket
from devices.errors import Refused
from tests.devices.arcade.turns.attendant import Attendant


def test_whoever_joins_at_a_free_cabinet_is_called_at_once() -> None:
    cabinet = Attendant()
    ticket = cabinet.join()
    assert (cabinet.phase, cabinet.ticket, cabinet.remaining_s) == (Phase.CALLING, ticket, 45.0)
    assert cabinet.screen is not None
    assert (cabinet.screen.kind, cabinet.screen.ticket, cabinet.screen.seconds) == (Message.CALL, ticket, 45.0)


def test_a_press_of_any_switch_claims_the_turn() -> None:
    cabinet = Attendant()
    ticket = cabinet.join()
    cabinet.after(20)
    cabinet.press(2, start=False)
    assert (cabinet.phase, cabinet.ticket, cabinet.queue) == (Phase.PLAYING, ticket, [])
    assert cabinet.admitted == 2


def test_the_order_of_calling_is_the_order_of_joining() -> None:
    cabinet = Attendant()
    cabinet.press()
    tickets = [cabinet.join() for _ in range(4)]
    called = []
    for _ in tickets:
        cabinet.play(331)
        called.append(cabinet.ticket)
        cabinet.after(5)
        cabinet.press()
    assert called == tickets


def test_whoever_does_not_come_lets_the_next_one_go_first_and_is_called_once_more() -> None:
    cabinet = Attendant()
    late, next_one, last = cabinet.join(), cabinet.join(), cabinet.join()
    cabinet.after(45)
    assert (cabinet.ticket, cabinet.queue) == (next_one, [next_one, late, last])


def test_whoever_does_not_come_twice_loses_the_place() -> None:
    cabinet = Attendant()
    cabinet.join()
    cabinet.after(90)
    assert (cabinet.phase, cabinet.queue) == (Phase.FREE, [])


def test_tickets_are_different_animals_and_do_not_come_back_at_once() -> None:
    cabinet = Attendant()
    assert [cabinet.join() for _ in range(3)] == [Ticket.CAT, Ticket.DOG, Ticket.FOX]
    cabinet.leave("dog")
    assert cabinet.join() is Ticket.OWL


def test_an_animal_that_plays_is_not_handed_out() -> None:
    cabinet = Attendant()
    cabinet.join()
    cabinet.press()
    for _ in range(60):
        assert cabinet.join() is not Ticket.CAT
        cabinet.leave(cabinet.queue[0])


def test_a_full_queue_says_so() -> None:
    cabinet = Attendant()
    cabinet.press()
    for _ in range(12):
        cabinet.join()
    with pytest.raises(Refused, match="12 are waiting"):
        cabinet.join()
    assert cabinet.badge("late") is None
    assert cabinet.shown is Message.FULL


def test_leaving_with_a_ticket_that_nobody_has_is_refused() -> None:
    cabinet = Attendant()
    with pytest.raises(Refused, match="lynx"):
        cabinet.leave("lynx")


def test_whoever_plays_cannot_be_sent_away_from_the_page() -> None:
    cabinet = Attendant()
    ticket = cabinet.join()
    cabinet.press()
    with pytest.raises(Refused):
        cabinet.leave(ticket)


def test_when_the_called_one_leaves_the_next_is_called_with_all_the_time() -> None:
    cabinet = Attendant()
    first, second = cabinet.join(), cabinet.join()
    cabinet.after(40)
    cabinet.leave(first)
    assert (cabinet.ticket, cabinet.remaining_s) == (second, 45.0)


def test_each_ticket_has_an_estimate_of_its_waiting_time() -> None:
    cabinet = Attendant()
    cabinet.press()
    for _ in range(3):
        cabinet.join()
    assert cabinet.waits_s == [330.0, 660.0, 990.0]
    cabinet.play(310)
    assert cabinet.waits_s == pytest.approx([20.0, 350.0, 680.0])
    cabinet.play(20)
    assert cabinet.waits_s == [0.0, 330.0, 660.0]


def test_the_session_says_how_long_its_player_had_waited() -> None:
    cabinet = Attendant()
    cabinet.press()
    cabinet.join()
    cabinet.play(330)
    cabinet.after(10)
    cabinet.press()
    cabinet.play(30)
    cabinet.after(200)
    assert [session.waited_s for session in cabinet.sessions] == [0.0, pytest.approx(340)]


def test_while_somebody_else_waits_a_new_turn_is_short_from_its_start() -> None:
    cabinet = Attendant()
    cabinet.join()
    cabinet.join()
    cabinet.press()
    assert cabinet.remaining_s == 300.0


def test_whoever_has_just_played_and_still_presses_does_not_claim_the_next_turn() -> None:
    cabinet = Attendant()
    cabinet.press()
    cabinet.join()
    cabinet.play(330)
    phases = []
    for seconds in (0.0, 4.9, 0.1):
        cabinet.after(seconds)
        cabinet.press()
        phases.append(cabinet.phase)
    assert phases == [Phase.CALLING, Phase.CALLING, Phase.PLAYING]


def test_whoever_is_called_learns_it_though_somebody_else_is_being_answered() -> None:
    cabinet = Attendant(Pay.BADGE)
    cabinet.badge("ada")
    cabinet.join()
    next_one = cabinet.badge("bob")
    cabinet.end_turn()
    cabinet.end_turn()
    cabinet.after(40)
    cabinet.press()
    assert cabinet.shown is Message.SHOW_BADGE
    cabinet.after(5)
    assert cabinet.screen is not None
    assert (cabinet.screen.kind, cabinet.screen.ticket) == (Message.CALL, next_one)
