"""How much backlog may be under way."""

from hub.mqtt.outbox.backlog_window import PATIENCE_FIRST_S, PATIENCE_MOST_S, WINDOW_FIRST, WINDOW_MOST, BacklogWindow


def fill(window: BacklogWindow, now: float, *, start: int = 0) -> int:
    """Send batches of ten until the window is full; how many."""
    sent = 0
    while window.may_send(now):
        sent += 1
        window.sent("log", start + 10 * sent, now)
    return sent


def test_the_window_doubles_with_each_acknowledgement_up_to_a_limit() -> None:
    window = BacklogWindow()
    assert fill(window, 0) == WINDOW_FIRST
    window.acknowledge({"log": 10 * WINDOW_FIRST}, 2)
    assert fill(window, 2, start=100) == 2 * WINDOW_FIRST
    window.acknowledge({"log": 1000}, 4)
    assert fill(window, 4, start=1000) == WINDOW_MOST


def test_without_acknowledgement_it_begins_again_with_a_single_batch_and_more_patience() -> None:
    window = BacklogWindow()
    fill(window, 0)
    assert not window.may_send(PATIENCE_FIRST_S)
    assert window.may_send(PATIENCE_FIRST_S + 0.1)
    assert window.reached("log") == 0
    window.sent("log", 10, 7.0)
    assert not window.may_send(7.0 + PATIENCE_FIRST_S + 0.1)
    assert window.may_send(7.0 + 2 * PATIENCE_FIRST_S + 0.1)


def test_patience_has_a_limit_so_that_a_history_that_returns_is_noticed() -> None:
    window = BacklogWindow()
    now = 0.0
    for _ in range(20):
        window.sent("log", 10, now)
        now += PATIENCE_MOST_S + 0.1
        assert window.may_send(now)


def test_any_word_of_the_history_shortens_the_patience() -> None:
    window = BacklogWindow()
    for now in (0.0, 7.0, 20.0):
        window.sent("log", 10, now)
        window.may_send(now + 60)
    window.sent("log", 10, 100.0)
    window.acknowledge({}, 100.5)
    assert not window.may_send(105.0)
    assert window.may_send(100.1 + PATIENCE_FIRST_S)


def test_a_new_connection_begins_after_what_is_acknowledged() -> None:
    window = BacklogWindow()
    fill(window, 0)
    window.acknowledge({"log": 10}, 1)
    window.restart()
    assert window.reached("log") == 10


def test_an_old_acknowledgement_takes_nothing_back() -> None:
    window = BacklogWindow()
    window.acknowledge({"log": 10}, 1)
    window.acknowledge({"log": 5}, 2)
    assert window.acknowledged("log") == 10


def test_a_batch_that_is_acknowledged_by_itself_says_nothing_of_those_before_it() -> None:
    window = BacklogWindow()
    window.sent("log", 10, 0)
    window.sent("log", 20, 0)
    window.settle("log", 20, 1)
    window.restart()
    assert window.reached("log") == 0


def test_a_lost_batch_is_noticed_though_the_live_log_rises_all_the_time() -> None:
    window = BacklogWindow()
    window.sent("earlier run", 45, 0.0)
    seconds = range(1, round(PATIENCE_FIRST_S) + 2)
    for now in seconds:
        window.acknowledge({"this run": 20 * now}, float(now))
    assert window.may_send(PATIENCE_FIRST_S + 1.0)
    assert window.reached("earlier run") == 0
