"""What the sequence numbers of a radio node tell."""

from hypothesis import given
from hypothesis import strategies as st

from devices.garden.sensors.sequence import SequenceWatch


def heard(*numbers: int, every_s: float = 60) -> tuple[list[bool], int]:
    watch = SequenceWatch()
    new = [watch.is_new(number, at_s * every_s) for at_s, number in enumerate(numbers)]
    return new, watch.lost


def test_lines_in_order_are_new_and_none_is_lost() -> None:
    assert heard(5, 6, 7) == ([True] * 3, 0)


def test_a_line_heard_twice_counts_once() -> None:
    assert heard(5, 5, 6, 6, 5, every_s=1) == ([True, False, True, False, False], 0)


def test_lines_that_nobody_heard_are_counted() -> None:
    assert heard(5, 9, 10) == ([True] * 3, 3)


def test_the_sequence_goes_round() -> None:
    assert heard(65534, 65535, 0, 2) == ([True] * 4, 1)


def test_a_node_that_starts_again_is_heard_at_once_and_has_lost_nothing() -> None:
    assert heard(5000, 5001, 0, 1, 2) == ([True] * 5, 0)


def test_a_node_that_starts_again_soon_after_its_start_is_heard_too() -> None:
    assert heard(0, 1, 2, 0, 1) == ([True] * 5, 0)


def test_a_line_that_comes_for_ever_never_looks_fresh() -> None:
    assert heard(5, 5, 5, every_s=3600) == ([True, False, False], 0)


def test_a_late_repetition_does_not_disturb_the_count() -> None:
    assert heard(5, 6, 5, 7, every_s=1) == ([True, True, False, True], 0)


@given(st.lists(st.integers(0, 65535)))
def test_no_order_breaks_it(numbers: list[int]) -> None:
    watch = SequenceWatch()
    for at_s, number in enumerate(numbers):
        watch.is_new(number, float(at_s))
    assert watch.lost >= 0


@given(st.lists(st.booleans(), min_size=2, max_size=300), st.integers(0, 65535))
def test_heard_and_lost_make_up_what_was_sent(arrives: list[bool], first: int) -> None:
    watch = SequenceWatch()
    arrived = [number for number, came in enumerate(arrives) if came]
    for number in arrived:
        assert watch.is_new((first + number) % 65536, float(number))
    sent = arrived[-1] - arrived[0] + 1 if arrived else 0
    assert len(arrived) + watch.lost == sent
