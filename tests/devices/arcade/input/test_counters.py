import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.arcade.input.counters import SwitchCounters
from devices.arcade.input.process.wiring import Counts


def counted(*latencies_us: int) -> SwitchCounters:
    counts = Counts()
    for latency_us in latencies_us:
        counts.took(latency_us * 1000)
    return SwitchCounters(counts.presses, counts.bounces, counts.latencies)


def test_a_switch_that_was_never_pressed_has_no_latency() -> None:
    assert SwitchCounters().latency_us(0.5) is None


@given(st.integers(1, 10_000_000))
def test_a_latency_is_known_to_a_tenth(latency_us: int) -> None:
    assert counted(latency_us).latency_us(0.5) == pytest.approx(latency_us, rel=0.1, abs=0.5)


def test_quantiles_are_those_of_the_changes() -> None:
    some = counted(*[100] * 98, *[5000] * 2)
    assert some.latency_us(0.5) == pytest.approx(100, rel=0.1)
    assert some.latency_us(0.99) == pytest.approx(5000, rel=0.1)


def test_presses_are_sorted_by_their_bounces() -> None:
    counts = Counts()
    for bounces in (0, 0, 1, 2, 3, 17):
        counts.pressed(bounces)
    assert counts.presses == 6
    assert counts.bounces == [2, 1, 1, 2]


def test_counts_of_several_processes_add_up() -> None:
    one = SwitchCounters(2, (1, 1, 0, 0), counted(100).latencies)
    two = SwitchCounters(3, (1, 0, 1, 1), counted(100).latencies)
    both = one + two
    assert both.presses == 5
    assert both.bounces == (2, 1, 1, 1)
    assert sum(both.latencies) == 2
