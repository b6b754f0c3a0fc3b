"""Free play: the time of a turn, and what a queue does to it."""

import pytest

from devices.arcade.turns.effects import Message
from devices.arcade.turns.situation import Phase
from devices.errors import Refused
from tests.devices.arcade.turns.attendant import RULES, Attendant


def test_a_free_cabinet_welcomes_and_admits_nobody() -> None:
    cabinet = Attendant()
    assert (cabinet.phase, cabinet.shown, cabinet.admitted) == (Phase.FREE, Message.WELCOME, 0)
    assert cabinet.turns.next_deadline_s is None


@pytest.mark.parametrize("start", [True, False])
def test_any_press_begins_a_turn(start: bool) -> None:
    cabinet = Attendant()
    cabinet.press(1, start=start)
    assert (cabinet.phase, cabinet.admitted, cabinet.shown, cabinet.ticket) == (Phase.PLAYING, 1, Message.PLAY, None)


def test_while_nobody_waits_play_has_no_end() -> None:
    cabinet = Attendant()
    cabinet.press()
    assert cabinet.remaining_s is None
    cabinet.play(3 * 3600)
    assert cabinet.phase is Phase.PLAYING


def test_whoever_joins_the_queue_shortens_the_running_turn_to_what_it_would_have_been() -> None:
    cabinet = Attendant()
    cabinet.press()
    cabinet.play(100)
    cabinet.join()
    assert cabinet.remaining_s == pytest.approx(200)


def test_whoever_has_played_long_keeps_the_time_of_the_warning() -> None:
    cabinet = Attendant()
    cabinet.press()
    cabinet.play(3600)
    cabinet.join()
    assert cabinet.remaining_s == pytest.approx(60)
    assert cabinet.shown is Message.ONE_MINUTE


def test_a_second_one_in_the_queue_does_not_prolong_the_turn() -> None:
    cabinet = Attendant()
    cabinet.press()
    cabinet.play(3600)
    cabinet.join()
    cabinet.play(30)
    cabinet.join()
    assert cabinet.remaining_s == pytest.approx(30)


def test_when_the_queue_empties_the_turn_grows_back() -> None:
    cabinet = Attendant()
    cabinet.press()
    ticket = cabinet.join()
    assert cabinet.remaining_s == pytest.approx(300)
    cabinet.leave(ticket)
    assert cabinet.remaining_s is None


def test_a_turn_ends_with_a_warning_a_grace_and_the_next_one_called() -> None:
    cabinet = Attendant()
    cabinet.press()
    ticket = cabinet.join()
    cabinet.play(240)
    assert (cabinet.phase, cabinet.shown, cabinet.remaining_s) == (Phase.PLAYING, Message.ONE_MINUTE, 60.0)
    cabinet.play(60)
    assert (cabinet.phase, cabinet.shown, cabinet.remaining_s) == (Phase.GRACE, Message.FINISH, pytest.approx(30))
    assert cabinet.admitted == 1
    cabinet.play(30)
    assert (cabinet.phase, cabinet.shown, cabinet.ticket) == (Phase.CALLING, Message.CALL, ticket)
    assert (cabinet.admitted, len(cabinet.saved)) == (0, 1)


def test_a_game_that_is_left_during_the_grace_ends_the_turn() -> None:
    cabinet = Attendant()
    cabinet.press()
    cabinet.game("metalslug.zip")
    cabinet.join()
    cabinet.play(301)
    cabinet.game(None)
    assert cabinet.phase is Phase.CALLING
    assert cabinet.sessions[0].game == "metalslug.zip"


def test_a_game_that_is_left_during_the_turn_leaves_time_for_another() -> None:
    cabinet = Attendant()
    cabinet.press()
    cabinet.game("metalslug.zip")
    cabinet.game(None)
    assert cabinet.phase is Phase.PLAYING


def test_without_a_press_the_turn_ends_and_the_time_alone_is_not_counted() -> None:
    cabinet = Attendant()
    cabinet.press()
    cabinet.play(40)
    cabinet.after(150)
    assert (cabinet.phase, cabinet.shown) == (Phase.PLAYING, Message.STILL_THERE)
    cabinet.after(30)
    assert (cabinet.phase, len(cabinet.saved)) == (Phase.FREE, 1)
    assert cabinet.sessions[0].seconds == pytest.approx(40)


def test_a_press_answers_the_question_whether_anybody_is_there() -> None:
    cabinet = Attendant()
    cabinet.press()
    cabinet.after(160)
    cabinet.press(start=False)
    assert [each.kind for each in cabinet.said[-2:]] == [Message.STILL_THERE, Message.PLAY]


def test_a_second_player_gives_time_once() -> None:
    cabinet = Attendant(players=3)
    cabinet.press()
    cabinet.join()
    cabinet.press(2)
    assert (cabinet.admitted, cabinet.remaining_s) == (2, pytest.approx(420))
    cabinet.press(2)
    cabinet.press(3)
    assert (cabinet.admitted, cabinet.remaining_s) == (3, pytest.approx(420))
    assert cabinet.turns.situation.players == 3


def test_only_start_joins_in() -> None:
    cabinet = Attendant()
    cabinet.press()
    cabinet.press(2, start=False)
    assert cabinet.admitted == 1


def test_a_second_player_may_be_the_one_at_the_first_panel() -> None:
    cabinet = Attendant()
    cabinet.press(2)
    assert (cabinet.admitted, cabinet.turns.situation.players) == (2, 1)
    cabinet.press(1)
    assert (cabinet.admitted, cabinet.turns.situation.players) == (2, 2)


def test_whoever_plays_alone_is_told_that_a_second_player_may_join_in() -> None:
    cabinet = Attendant()
    cabinet.press()
    cabinet.play(100)
    assert [each.kind for each in cabinet.said] == [Message.WELCOME, Message.PLAY, Message.JOIN_IN, Message.PLAY]


def test_a_cabinet_for_one_asks_no_second_player() -> None:
    cabinet = Attendant(players=1)
    cabinet.press()
    cabinet.play(100)
    assert Message.JOIN_IN not in [each.kind for each in cabinet.said]


def test_a_technician_ends_a_turn_with_grace_and_then_at_once() -> None:
    cabinet = Attendant()
    cabinet.press()
    phases = []
    for _ in range(2):
        cabinet.end_turn()
        phases.append(cabinet.phase)
    assert phases == [Phase.GRACE, Phase.FREE]
    with pytest.raises(Refused, match="nobody is playing"):
        cabinet.end_turn()


def test_a_clock_that_goes_back_changes_nothing() -> None:
    cabinet = Attendant()
    cabinet.press()
    cabinet.join()
    cabinet.turns.tick(cabinet.now_s - 500)
    assert cabinet.remaining_s == pytest.approx(RULES.turn_when_others_wait)
