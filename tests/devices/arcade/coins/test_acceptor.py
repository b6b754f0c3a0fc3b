"""What an acceptor's pulses are worth."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.arcade.coins.acceptor import STUCK_NS, Acceptor, Freed, Outcome, Stuck
from devices.arcade.coins.pulses import Coin, Rejected
from devices.arcade.options import Coin as CoinOption
from devices.arcade.options import PulseCount, PulseWidths
from tests.devices.arcade.coins.pulses import START_NS, Line, ns, outcomes_of

DG600F = {25: 1, 45: 2, 65: 4, 100: 8}
"""Pulse in ms → credits; the four widths that the acceptor can be set to."""
MEI = (80, 100, 120)
MANY = 10_000


@pytest.fixture
def chance() -> random.Random:
    return random.Random(600)  # noqa: S311 - the same coins in every run


def by_width(*nominal_ms: float, worth: dict[int, int] | None = None) -> PulseWidths:
    worth = worth or {}
    coins = tuple(CoinOption(pulse=ms / 1000, credits=worth.get(round(ms), 1)) for ms in nominal_ms)
    return PulseWidths(by="width", coins=coins)


def by_count(credits: dict[int, int] | None = None, *, pulse: float = 0.05, pause: float = 0.2) -> PulseCount:  # noqa: A002 - as the option
    return PulseCount(by="count", pulse=pulse, pause=pause, credits=credits or {1: 1, 2: 2, 5: 6})


def coins_of(outcomes: list[Outcome]) -> list[int]:
    """The credits, when there was nothing but coins."""
    assert all(isinstance(outcome, Coin) for outcome in outcomes), outcomes
    return [outcome.credits for outcome in outcomes if isinstance(outcome, Coin)]


def glitches(line: Line, chance: random.Random, count: int) -> None:
    for _ in range(count):
        line.stay(chance.uniform(15, 60))
        line.pulse(chance.uniform(0.001, 14.9))
    line.rest(chance.uniform(15, 60))


class TestByWidth:
    @pytest.mark.parametrize("nominal_ms", [*DG600F, *MEI])
    def test_none_of_10000_coins_is_miscounted(self, nominal_ms: int, chance: random.Random) -> None:
        line = Line(Acceptor(by_width(nominal_ms)))
        for _ in range(MANY):
            line.pulse(nominal_ms * chance.uniform(0.8001, 1.1999))
            glitches(line, chance, chance.randrange(3))
        assert coins_of(line.outcomes) == [1] * MANY

    def test_none_of_10000_coins_of_four_widths_is_taken_for_another(self, chance: random.Random) -> None:
        line = Line(Acceptor(by_width(*DG600F, worth=DG600F)))
        wanted = []
        for _ in range(MANY):
            nominal_ms = chance.choice(list(DG600F))
            wanted.append(DG600F[nominal_ms])
            line.pulse(nominal_ms * chance.uniform(0.84, 1.1999))  # below, 65 ms would be nearer to 45 ms
            glitches(line, chance, chance.randrange(3))
        assert coins_of(line.outcomes) == wanted

    def test_a_mei_may_take_any_width_from_80_to_120_ms(self) -> None:
        for width_ms in range(80, 121):
            assert coins_of([*outcomes_of(Acceptor(by_width(100)), [width_ms])]) == [1]

    def test_none_of_10000_coins_with_a_gap_in_their_pulse_is_miscounted(self, chance: random.Random) -> None:
        line = Line(Acceptor(by_width(*DG600F, worth=DG600F)))
        wanted = []
        for _ in range(MANY):
            nominal_ms = chance.choice([45, 65, 100])  # one of 25 ms has no room for two steady parts
            wanted.append(DG600F[nominal_ms])
            whole_ms = nominal_ms * chance.uniform(0.9, 1.1)
            gap_ms = chance.uniform(0.001, min(14.9, whole_ms - 30))
            before_ms = chance.uniform(15, whole_ms - gap_ms - 15)
            line.pulse(before_ms)
            line.stay(gap_ms)
            line.pulse(whole_ms - gap_ms - before_ms)
            line.rest(chance.uniform(15, 300))
        assert coins_of(line.outcomes) == wanted

    @pytest.mark.parametrize("nominal_ms", DG600F)
    def test_20_percent_more_or_less_is_accepted_and_no_nanosecond_more(self, nominal_ms: int) -> None:
        for factor in (0.8, 1.0, 1.2):
            assert coins_of([*outcomes_of(Acceptor(by_width(nominal_ms)), [nominal_ms * factor])]) == [1]
        for width_ms in (nominal_ms * 0.8 - 1e-6, nominal_ms * 1.2 + 1e-6):
            (rejected,) = outcomes_of(Acceptor(by_width(nominal_ms)), [width_ms])
            assert isinstance(rejected, Rejected)
            assert rejected.width_s == pytest.approx(width_ms / 1000)

    def test_where_two_coins_overlap_the_nearest_in_ratio_wins(self) -> None:
        signal = by_width(80, 100, worth={80: 1, 100: 2})
        # √(80·100) ms = 89.44 ms is as far from one as from the other.
        assert coins_of([*outcomes_of(Acceptor(signal), [89.4])]) == [1]
        assert coins_of([*outcomes_of(Acceptor(signal), [89.5])]) == [2]

    def test_a_pulse_that_fits_no_coin_is_reported_with_its_width_and_those_that_would_fit(self) -> None:
        (rejected,) = outcomes_of(Acceptor(by_width(25, 45)), [33])
        assert rejected == Rejected("a pulse of 33 ms fits no coin: there are 25 ms, 45 ms, each ±20%", START_NS, 0.033)

    def test_a_coin_says_what_was_measured_and_when_it_began(self) -> None:
        assert outcomes_of(Acceptor(by_width(45, worth={45: 3})), [44]) == [Coin(3, 1, 0.044, START_NS)]

    def test_a_glitch_of_14_9_ms_is_nothing_wherever_it_comes(self) -> None:
        assert coins_of([*outcomes_of(Acceptor(by_width(100)), [14.9])]) == []
        assert coins_of([*outcomes_of(Acceptor(by_width(100)), [14.9, 20, 100, 20, 14.9])]) == [1]
        assert coins_of([*outcomes_of(Acceptor(by_width(100)), [50, 14.9, 35.1])]) == [1]

    def test_a_pulse_of_15_ms_is_none_but_is_reported(self) -> None:
        (rejected,) = outcomes_of(Acceptor(by_width(100)), [15])
        assert isinstance(rejected, Rejected)

    @given(st.lists(st.floats(0.001, 14.9), min_size=1, max_size=30))
    def test_noise_is_no_coin(self, lengths_ms: list[float]) -> None:
        assert not any(isinstance(each, Coin) for each in outcomes_of(Acceptor(by_width(*DG600F)), lengths_ms))


class TestByCount:
    @pytest.mark.parametrize("nominal_ms", [*DG600F, *MEI])
    def test_none_of_10000_coins_is_miscounted(self, nominal_ms: int, chance: random.Random) -> None:
        line = Line(Acceptor(by_count(pulse=nominal_ms / 1000)))
        wanted: list[int] = []
        while len(wanted) < MANY:
            pulses, credits = chance.choice([(1, 1), (2, 2), (5, 6)])  # noqa: A001 - the word of the trade
            wanted.append(credits)
            for pulse in range(pulses):
                if pulse:
                    line.stay(chance.uniform(30, 60))
                    line.pulse(chance.uniform(0.001, 14.9))
                    line.stay(chance.uniform(30, 60))
                line.pulse(nominal_ms * chance.uniform(0.8001, 1.1999))
            line.rest(chance.uniform(220, 400))
        assert coins_of(line.outcomes) == wanted

    def test_a_coin_is_told_once_the_pause_is_over(self) -> None:
        line = Line(Acceptor(by_count()))
        line.pulse(50)
        line.rest(214)
        assert line.outcomes == []
        line.rest(1)
        assert line.outcomes == [Coin(1, 1, 0.05, START_NS)]

    def test_a_pulse_that_begins_with_the_end_of_the_pause_belongs_to_the_coin(self) -> None:
        assert coins_of([*outcomes_of(Acceptor(by_count()), [50, 200, 50])]) == [2]
        assert coins_of([*outcomes_of(Acceptor(by_count()), [50, 200.001, 50])]) == [1, 1]

    def test_late_reading_changes_nothing(self) -> None:
        line = Line(Acceptor(by_count()))
        for _ in range(3):  # three coins, all of them read when the last has begun
            line.pulse(50)
            line.stay(300)
        line.pulse(50)
        assert coins_of(line.outcomes) == [1, 1, 1]

    def test_a_glitch_inside_a_train_neither_counts_nor_prolongs_it(self) -> None:
        assert coins_of([*outcomes_of(Acceptor(by_count()), [50, 90, 14.9, 90, 50])]) == [2]
        assert coins_of([*outcomes_of(Acceptor(by_count()), [50, 150, 14.9, 60, 50])]) == [1, 1]

    @pytest.mark.parametrize("strange_ms", [15, 39.9, 60.1, 500])
    def test_a_pulse_of_a_wrong_length_spoils_the_coin_and_is_reported(self, strange_ms: float) -> None:
        line = Line(Acceptor(by_count()))
        for length_ms in (50, strange_ms, 50):
            line.pulse(length_ms)
            line.stay(100)
        line.rest(500)
        (rejected,) = line.outcomes
        assert isinstance(rejected, Rejected)
        assert rejected.why == f"of 3 pulses some lasted {strange_ms:g} ms: 50 ms ±20% are expected"
        assert rejected.width_s == pytest.approx(strange_ms / 1000)

    def test_a_single_pulse_of_a_wrong_length_is_reported(self) -> None:
        (rejected,) = outcomes_of(Acceptor(by_count()), [70])
        assert rejected == Rejected("a pulse of 70 ms is no coin: 50 ms ±20% are expected", START_NS, 0.07)

    def test_a_number_of_pulses_that_has_no_credits_is_reported(self) -> None:
        (rejected,) = outcomes_of(Acceptor(by_count()), [50, 100, 50, 100, 50])
        assert isinstance(rejected, Rejected)
        assert "a coin of 3 pulses has no credits" in rejected.why

    def test_a_train_without_end_is_reported_while_it_goes_on_and_once(self) -> None:
        line = Line(Acceptor(by_count()))
        for n in range(200):
            line.pulse(50)
            line.rest(100)
            assert len(line.outcomes) == (n >= 5)
        line.rest(1000)
        line.pulse(50)
        line.rest(1000)
        rejected, coin = line.outcomes
        assert isinstance(rejected, Rejected)
        assert isinstance(coin, Coin)

    @given(st.lists(st.tuples(st.floats(0.001, 300), st.floats(0.001, 400)), max_size=40))
    def test_whatever_the_line_does_there_is_never_more_than_one_verdict_for_a_pulse(
        self, lengths_ms: list[tuple[float, float]]
    ) -> None:
        acceptor = Acceptor(by_count())
        outcomes = outcomes_of(acceptor, [length for pair in lengths_ms for length in pair])
        pulses = sum(outcome.pulses for outcome in outcomes if isinstance(outcome, Coin))
        assert pulses + sum(isinstance(outcome, Rejected) for outcome in outcomes) <= len(lengths_ms)
        assert acceptor.deadline_ns is None


class TestStuck:
    def test_a_line_that_stays_active_for_a_second_is_stuck_until_it_is_let_go(self) -> None:
        line = Line(Acceptor(by_width(*DG600F)))
        line.turn()
        line.rest(999)
        assert line.outcomes == []
        line.rest(5000)
        assert line.outcomes == [Stuck(START_NS)]
        line.turn()
        line.rest(100)
        assert line.outcomes == [Stuck(START_NS), Freed()]
        line.pulse(25)
        line.rest(100)
        assert isinstance(line.outcomes[-1], Coin)

    def test_a_line_that_chatters_without_end_is_stuck(self) -> None:
        line = Line(Acceptor(by_width(*DG600F)))
        while line.now_ns < START_NS + 3 * STUCK_NS:
            line.pulse(5)
            line.stay(5)
        line.rest(100)
        assert line.outcomes == [Stuck(START_NS), Freed()]

    def test_what_is_left_of_a_train_after_the_line_was_stuck_is_no_coin(self) -> None:
        assert outcomes_of(Acceptor(by_count()), [50, 100, 1500, 100, 50]) == [Stuck(START_NS + ns(150)), Freed()]

    def test_the_longest_pulse_that_can_be_configured_is_not_stuck(self) -> None:
        assert coins_of([*outcomes_of(Acceptor(by_width(500)), [600])]) == [1]


class TestLostEdges:
    def test_lost_edges_are_reported_and_the_next_coin_counts(self) -> None:
        line = Line(Acceptor(by_width(100)))
        line.outcomes += line.acceptor.lost(False, line.now_ns, "7 edges")
        line.stay(500)
        line.pulse(100)
        line.rest(100)
        assert [type(outcome) for outcome in line.outcomes] == [Rejected, Coin]

    def test_a_pulse_whose_beginning_is_unknown_is_no_coin(self) -> None:
        line = Line(Acceptor(by_width(100)))
        line.active = True
        line.outcomes += line.acceptor.lost(True, line.now_ns, "7 edges")
        line.stay(100)
        line.turn()
        line.rest(1000)
        assert line.outcomes == [Rejected("7 edges", START_NS)]

    def test_what_is_left_of_a_train_is_no_coin_but_the_next_train_is(self) -> None:
        line = Line(Acceptor(by_count()))
        line.pulse(50)
        line.stay(100)
        line.outcomes += line.acceptor.lost(False, line.now_ns, "4 edges")
        for pause_ms in (100, 500):
            line.pulse(50)
            line.rest(pause_ms)
        line.pulse(50)
        line.rest(500)
        assert [type(outcome) for outcome in line.outcomes] == [Rejected, Coin]

    def test_a_line_that_was_active_already_can_be_stuck_too(self) -> None:
        line = Line(Acceptor(by_width(100)))
        line.outcomes += line.acceptor.lost(True, line.now_ns, "at the start")
        line.rest(2000)
        assert line.outcomes[1:] == [Stuck(START_NS)]
        line.outcomes += line.acceptor.lost(False, line.now_ns, "2 edges")
        assert line.outcomes[-1] == Freed()

    def test_two_edges_to_the_same_level_are_a_glitch_that_the_kernel_did_not_see(self) -> None:
        line = Line(Acceptor(by_width(100)))
        line.turn()
        line.stay(50)
        line.outcomes += line.acceptor.edge(True, line.now_ns)
        line.stay(50)
        line.turn()
        line.rest(100)
        assert coins_of(line.outcomes) == [1]


def test_a_line_that_was_stuck_before_it_came_to_rest_was_stuck_though_nobody_looked_meanwhile() -> None:
    """Active for 992 ms; that it is at rest since then is certain 15 ms later only, and a second is over before."""
    assert outcomes_of(Acceptor(by_width(100)), [992, 16, 0.1]) == [Stuck(START_NS), Freed()]


SPANS_MS = st.lists(st.tuples(st.floats(0.001, 1200), st.lists(st.floats(0, 1), max_size=3)), max_size=30)
"""How long each level lasts, and when, as a part of that, somebody settles."""


@given(SPANS_MS, st.sampled_from([by_count(), by_width(*DG600F)]))
def test_when_somebody_looks_changes_nothing(
    spans_ms: list[tuple[float, list[float]]], signal: PulseCount | PulseWidths
) -> None:
    seldom, often = Line(Acceptor(signal)), Line(Acceptor(signal))
    for span_ms, looks in spans_ms:
        for line in (seldom, often):
            line.turn()
        for part in sorted(looks):
            often.outcomes += often.acceptor.settle(often.now_ns + ns(span_ms * part))
        for line in (seldom, often):
            line.stay(span_ms)
    for line in (seldom, often):
        if line.active:
            line.turn()
        line.rest(3000)
    assert seldom.outcomes == often.outcomes
