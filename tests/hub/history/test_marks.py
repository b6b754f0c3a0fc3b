"""Which numbers of a log are stored."""

from hypothesis import given
from hypothesis import strategies as st

from hub.history.marks import INTERVALS_MOST, NUMBER_MOST, Marks

numbers = st.integers(min_value=-2, max_value=40)
steps = st.lists(st.one_of(numbers, st.tuples(numbers, numbers)), max_size=60)


@given(steps)
def test_marks_know_what_a_set_of_numbers_would_know(steps: list[int | tuple[int, int]]) -> None:
    marks, there, given_up = Marks(), set[int](), 0
    for step in steps:
        if isinstance(step, int):
            assert marks.add(step) == (step > 0 and step not in there)
            there |= {step} - {0, -1, -2}
        else:
            new = {number for number in range(step[0], step[1] + 1) if number > 0} - there
            assert marks.give_up(*step) == len(new)
            there |= new
            given_up += len(new)
        expected = next(number for number in range(1, 50) if number not in there) - 1
        assert marks.watermark == expected
        above = {number for first, last in marks.above for number in range(first, last + 1)}
        assert above == {number for number in there if number > expected}
        assert all(after[0] > before[1] + 1 for before, after in zip(marks.above, marks.above[1:], strict=False))
    assert marks.lost == given_up


def test_a_number_that_json_cannot_carry_is_not_taken() -> None:
    marks = Marks()
    assert not marks.add(NUMBER_MOST + 1)
    assert marks.give_up(1, NUMBER_MOST + 1) == 0


def test_a_node_that_numbers_wildly_does_not_fill_the_memory() -> None:
    marks = Marks()
    for number in range(2, 4 * INTERVALS_MOST, 2):
        marks.add(number)
    assert len(marks.above) == INTERVALS_MOST
    assert not marks.add(9 * INTERVALS_MOST)
    assert marks.give_up(9 * INTERVALS_MOST, 10 * INTERVALS_MOST) == 0
    assert marks.add(1)
    assert marks.watermark == 2
