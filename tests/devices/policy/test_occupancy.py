from random import Random

from hypothesis import given
from hypothesis import strategies as st

from devices.policy.decision import Direction
from devices.policy.occupancy import FORGET_S, Occupancy

IN, OUT = Direction.IN, Direction.OUT


def test_who_goes_in_is_inside_until_going_out() -> None:
    area = Occupancy()
    area.passed("aminata", IN, 100.0)
    area.passed("jules", IN, 101.0)
    area.passed("aminata", OUT, 102.0)
    assert area.inside(103.0) == {"jules"}


def test_a_passage_that_another_node_tells_late_does_not_undo_what_came_after_it() -> None:
    area = Occupancy()
    area.passed("aminata", OUT, 102.0)
    area.passed("aminata", IN, 100.0)
    assert area.inside(103.0) == frozenset()


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(Direction), st.floats(0, 1000)),
        unique_by=lambda passage: (passage[0], passage[2]),
    ),
    st.randoms(use_true_random=False),
)
def test_in_whatever_order_passages_are_heard_the_same_people_are_inside(
    passages: list[tuple[str, Direction, float]], shuffling: Random
) -> None:
    heard, shuffled = Occupancy(), list(passages)
    shuffling.shuffle(shuffled)
    for passage in shuffled:
        heard.passed(*passage)
    own = Occupancy()
    for passage in sorted(passages, key=lambda passage: passage[2]):
        own.passed(*passage)
    assert heard.inside(1000.0) == own.inside(1000.0)


def test_who_left_unseen_is_forgotten_after_half_a_day() -> None:
    area = Occupancy()
    area.passed("aminata", IN, 100.0)
    assert area.inside(100.0 + FORGET_S) == {"aminata"}
    assert area.inside(100.1 + FORGET_S) == frozenset()


def test_it_goes_on_after_a_restart_with_what_was_kept() -> None:
    before = Occupancy()
    before.passed("aminata", IN, 100.0)
    before.passed("jules", IN, 100.0)
    before.passed("jules", OUT, 101.0)
    after = Occupancy(before.entered)
    assert after.inside(102.0) == {"aminata"}
    after.passed("aminata", OUT, 103.0)
    assert after.inside(103.0) == frozenset()
