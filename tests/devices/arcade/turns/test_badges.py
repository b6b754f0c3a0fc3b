"""Turns that are paid with a badge."""

from datetime import date

import pytest

from devices.arcade.options import Pay
from devices.arcade.turns.effects import Message
from devices.arcade.turns.situation import Phase
from tests.devices.arcade.turns.attendant import Attendant

TODAY = date(2026, 3, 2)


@pytest.fixture
def cabinet() -> Attendant:
    return Attendant(Pay.BADGE)


def play_out(cabinet: Attendant, badge: str) -> int:
    """Show the badge and leave; gives the number of sessions so far."""
    cabinet.badge(badge)
    cabinet.after(181)
    return len(cabinet.sessions)


def test_a_press_alone_asks_for_a_badge(cabinet: Attendant) -> None:
    cabinet.press()
    assert (cabinet.phase, cabinet.shown) == (Phase.FREE, Message.SHOW_BADGE)


def test_a_badge_begins_a_turn_at_a_free_cabinet(cabinet: Attendant) -> None:
    assert cabinet.badge("ada") is None
    assert (cabinet.phase, cabinet.admitted, cabinet.remaining_s) == (Phase.PLAYING, 1, 600.0)


def test_whoever_showed_the_badge_may_stand_at_any_panel(cabinet: Attendant) -> None:
    cabinet.badge("ada")
    cabinet.press(2)
    assert (cabinet.admitted, cabinet.turns.situation.players, cabinet.remaining_s) == (2, 1, 600.0)


def test_a_badge_during_a_turn_joins_the_queue_and_sees_its_ticket(cabinet: Attendant) -> None:
    cabinet.badge("ada")
    ticket = cabinet.badge("bob")
    assert cabinet.queue == [ticket]
    assert cabinet.screen is not None
    assert (cabinet.screen.kind, cabinet.screen.ticket, cabinet.screen.seconds) == (Message.TICKET, ticket, 330.0)
    cabinet.after(6)
    assert cabinet.shown is Message.PLAY


def test_a_badge_has_one_ticket_at_a_time(cabinet: Attendant) -> None:
    cabinet.badge("ada")
    assert cabinet.badge("bob") == cabinet.badge("bob")
    cabinet.badge("ada")
    assert len(cabinet.queue) == 1


def test_the_badge_again_claims_the_turn(cabinet: Attendant) -> None:
    cabinet.badge("ada")
    ticket = cabinet.badge("bob")
    cabinet.play(330)
    assert cabinet.phase is Phase.CALLING
    assert cabinet.badge("bob") == ticket
    assert (cabinet.phase, cabinet.ticket) == (Phase.PLAYING, ticket)


def test_a_badge_that_waits_does_not_claim_for_the_one_who_is_called(cabinet: Attendant) -> None:
    cabinet.join()
    cabinet.turns.join(cabinet.now_s)
    bob = cabinet.badge("bob")
    assert (cabinet.phase, bob) == (Phase.PLAYING, "cat"), "a badge that does not wait pays for a tap"
    eve = cabinet.badge("eve")
    cabinet.play(331)
    assert (cabinet.phase, cabinet.ticket) == (Phase.CALLING, "dog")
    assert cabinet.badge("eve") == eve
    assert cabinet.phase is Phase.CALLING


def test_while_nobody_waits_the_next_turn_is_taken_without_a_word(cabinet: Attendant) -> None:
    cabinet.badge("ada")
    cabinet.play(600)
    assert (cabinet.phase, cabinet.remaining_s) == (Phase.PLAYING, 600.0)
    assert {each.kind for each in cabinet.said}.isdisjoint({Message.ONE_MINUTE, Message.FINISH})


def test_the_turns_of_a_day_are_counted_also_when_they_follow_each_other(cabinet: Attendant) -> None:
    cabinet.badge("ada")
    cabinet.play(4 * 600 + 29)
    assert cabinet.phase is Phase.GRACE
    cabinet.play(10)
    cabinet.badge("ada")
    assert (cabinet.phase, cabinet.shown) == (Phase.FREE, Message.TOMORROW)


def test_a_new_day_brings_new_turns(cabinet: Attendant) -> None:
    cabinet.turns.day(TODAY, cabinet.now_s)
    assert [play_out(cabinet, "ada") for _ in range(5)] == [1, 2, 3, 4, 4]
    cabinet.turns.day(TODAY.replace(day=3), cabinet.now_s)
    assert play_out(cabinet, "ada") == 5


def test_without_a_trusted_clock_a_day_is_24_hours_of_running(cabinet: Attendant) -> None:
    cabinet.turns.day(None, cabinet.now_s)
    assert [play_out(cabinet, "ada") for _ in range(5)][-1] == 4
    cabinet.after(23 * 3600)
    cabinet.turns.day(None, cabinet.now_s)
    assert play_out(cabinet, "ada") == 4
    cabinet.after(3600)
    cabinet.turns.day(None, cabinet.now_s)
    assert play_out(cabinet, "ada") == 5


def test_what_was_counted_without_a_date_counts_once_the_date_is_known(cabinet: Attendant) -> None:
    cabinet.turns.day(TODAY, cabinet.now_s)
    for _ in range(2):
        play_out(cabinet, "ada")
    cabinet.restart(None, powered=False)
    cabinet.turns.day(None, cabinet.now_s)
    for _ in range(2):
        play_out(cabinet, "ada")
    cabinet.turns.day(TODAY, cabinet.now_s)
    assert play_out(cabinet, "ada") == 4


def test_yesterdays_turns_are_forgotten_when_a_pi_without_a_clock_starts_again(cabinet: Attendant) -> None:
    cabinet.turns.day(None, cabinet.now_s)
    for _ in range(4):
        play_out(cabinet, "ada")
    cabinet.restart(None, powered=False)
    assert play_out(cabinet, "ada") == 5


def test_the_session_bears_the_badge_for_its_pseudonym(cabinet: Attendant) -> None:
    play_out(cabinet, "ada")
    assert cabinet.sessions[0].credential == "ada"


def test_where_play_is_free_a_badge_keeps_a_place_too() -> None:
    cabinet = Attendant(Pay.FREE)
    cabinet.badge("ada")
    assert cabinet.phase is Phase.PLAYING
    assert cabinet.badge("bob") == cabinet.queue[0]
