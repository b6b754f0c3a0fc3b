"""The contact of a switch, in milliseconds after it was first touched; the window is 5 ms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.arcade.input.process.debounce import Contact

MS = 1_000_000
WINDOW_NS = 5 * MS
START_NS = 1_000 * MS
DOWN, UP = True, False


def played(*edges: tuple[bool, float]) -> tuple[list[tuple[bool, float]], Contact]:
    """The changes that count, and the contact afterwards."""
    contact = Contact(WINDOW_NS, active=UP)
    return [(active, at_ms) for active, at_ms in edges if contact.edge(active, START_NS + round(at_ms * MS))], contact


def test_a_press_counts_at_once() -> None:
    assert played((DOWN, 0))[0] == [(DOWN, 0)]


def test_a_release_counts_at_once_too() -> None:
    assert played((DOWN, 0), (UP, 40))[0] == [(DOWN, 0), (UP, 40)]


def test_what_bounces_within_the_window_does_not_count_but_is_counted() -> None:
    changes, contact = played((DOWN, 0), (UP, 0.3), (DOWN, 0.5), (UP, 2), (DOWN, 4.9))
    assert changes == [(DOWN, 0)]
    assert contact.bounces == 2


def test_the_bounces_of_the_next_press_are_counted_anew() -> None:
    _, contact = played((DOWN, 0), (UP, 0.3), (DOWN, 0.5), (UP, 20), (DOWN, 40))
    assert contact.bounces == 0


def test_bounces_do_not_make_the_window_longer() -> None:
    assert played((DOWN, 0), (UP, 4), (DOWN, 4.5), (UP, 5))[0] == [(DOWN, 0), (UP, 5)]


def test_a_release_within_the_window_is_found_when_its_level_is_looked_at() -> None:
    _, contact = played((DOWN, 0), (UP, 3))
    assert contact.active is DOWN
    assert contact.look(UP, START_NS + WINDOW_NS) is True
    assert contact.active is UP


def test_a_level_that_is_as_it_was_changes_nothing() -> None:
    _, contact = played((DOWN, 0))
    assert contact.look(DOWN, START_NS + WINDOW_NS) is False


def test_an_edge_that_the_level_has_told_already_is_an_echo() -> None:
    _, contact = played((DOWN, 0))
    contact.look(UP, START_NS + 6 * MS)
    assert contact.edge(UP, START_NS + 5 * MS) is False
    assert contact.bounces == 0


def test_edges_that_come_late_count_once_the_window_is_closed() -> None:
    """So that what is foreseen of the next edge is what happens."""
    _, contact = played((DOWN, 0))
    contact.close()
    assert contact.edge(UP, START_NS + 2 * MS) is True


@pytest.mark.parametrize("tap_ms", range(5, 51))
def test_a_tap_that_outlasts_the_window_is_one_press_of_its_own_length(tap_ms: int) -> None:
    assert played((DOWN, 0), (UP, tap_ms))[0] == [(DOWN, 0), (UP, tap_ms)]


@given(st.lists(st.tuples(st.booleans(), st.floats(0.01, 20)), max_size=40))
def test_any_train_of_edges_ends_in_the_level_of_the_line(train: list[tuple[bool, float]]) -> None:
    contact, now_ns, level = Contact(WINDOW_NS, active=UP), START_NS, UP
    changes: list[bool] = []
    for active, after_ms in train:
        if contact.until_ns and contact.until_ns <= now_ns + after_ms * MS:
            ended_ns = contact.until_ns
            contact.close()
            changes += [level] if contact.look(level, ended_ns) else []
        now_ns, level = now_ns + round(after_ms * MS), active
        if contact.edge(active, now_ns):
            changes.append(active)
    contact.close()
    changes += [level] if contact.look(level, now_ns) else []
    assert contact.active is level
    assert changes == [bool((n + 1) % 2) for n in range(len(changes))], "presses and releases take turns"
