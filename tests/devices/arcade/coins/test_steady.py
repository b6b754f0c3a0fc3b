"""A level without its glitches, and when it began."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from devices.arcade.coins.steady import GLITCH_NS, SteadyLevel
from tests.devices.arcade.coins.pulses import ns

Changes = list[tuple[bool, int]]


def changes_of(lengths_ns: Sequence[int]) -> Changes:
    """The changes of a line that is active, at rest, active, … for so long each."""
    line = SteadyLevel()
    found: Changes = []
    now_ns, active = 0, False

    def settle() -> None:
        if change := line.settle(now_ns):
            found.append((change.active, change.at_ns))

    for length_ns in (*lengths_ns, 10 * GLITCH_NS):
        settle()
        active = not active
        line.edge(active, now_ns)
        now_ns += length_ns
    settle()
    return found


def test_a_level_counts_from_its_edge_once_it_has_lasted_15_ms() -> None:
    assert changes_of([ns(15)]) == [(True, 0), (False, ns(15))]
    assert changes_of([ns(14.999_999)]) == []


@given(st.lists(st.integers(1, GLITCH_NS - 1), min_size=1, max_size=40).filter(lambda lengths: len(lengths) % 2))
def test_however_many_glitches_there_are_they_are_nothing(lengths_ns: list[int]) -> None:
    assert changes_of(lengths_ns) == []


@given(
    st.integers(GLITCH_NS, ns(1000)),
    st.integers(1, GLITCH_NS - 1),
    st.integers(GLITCH_NS, ns(1000)),
)
def test_a_gap_of_less_than_15_ms_does_not_cut_a_pulse(before_ns: int, gap_ns: int, after_ns: int) -> None:
    assert changes_of([before_ns, gap_ns, after_ns]) == [(True, 0), (False, before_ns + gap_ns + after_ns)]


@given(
    st.integers(1, GLITCH_NS - 1),
    st.integers(GLITCH_NS, ns(1000)),
    st.integers(GLITCH_NS, ns(1000)),
    st.integers(1, GLITCH_NS - 1),
)
def test_a_glitch_before_or_after_a_pulse_leaves_its_length_alone(
    glitch_ns: int, pause_ns: int, pulse_ns: int, last_ns: int
) -> None:
    began_ns = glitch_ns + pause_ns
    found = changes_of([glitch_ns, pause_ns, pulse_ns, pause_ns, last_ns])
    assert found == [(True, began_ns), (False, began_ns + pulse_ns)]


def test_a_contact_that_bounces_at_both_ends_has_its_full_length() -> None:
    bouncing = [ns(ms) for ms in (0.4, 0.2, 1.1, 0.3, 40, 0.3, 1.1, 0.2, 0.4)]
    assert changes_of(bouncing) == [(True, 0), (False, sum(bouncing))]


def test_a_drop_out_near_the_edge_does_not_shorten_a_pulse() -> None:
    assert changes_of([ns(10), ns(1), ns(34)]) == [(True, 0), (False, ns(45))]
    assert changes_of([ns(34), ns(1), ns(10)]) == [(True, 0), (False, ns(45))]


def test_a_glitch_close_to_a_pulse_does_not_lengthen_it() -> None:
    assert changes_of([ns(5), ns(10), ns(45)]) == [(True, ns(15)), (False, ns(60))]
    assert changes_of([ns(45), ns(10), ns(5)]) == [(True, 0), (False, ns(45))]


@given(st.lists(st.integers(1, ns(40)), max_size=60))
def test_steady_levels_alternate_and_each_lasts_15_ms(lengths_ns: list[int]) -> None:
    found = changes_of(lengths_ns)
    assert [active for active, _ in found] == [n % 2 == 0 for n in range(len(found))]
    times = [at_ns for _, at_ns in found]
    assert all(after - before >= GLITCH_NS for before, after in pairwise(times))


def test_while_a_change_is_uncertain_there_is_a_deadline_and_at_rest_none() -> None:
    line = SteadyLevel()
    assert (line.deadline_ns, line.at_rest) == (None, True)
    line.edge(True, 100)
    assert (line.deadline_ns, line.at_rest) == (100 + GLITCH_NS, False)
    line.settle(100 + GLITCH_NS)
    assert (line.deadline_ns, line.at_rest) == (None, False)
