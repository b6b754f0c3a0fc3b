"""What the lamps show, and that none of it flashes."""

import math
from collections.abc import Sequence
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.arcade.buttons import Button
from devices.arcade.lights.patterns import AFTERGLOW_S, ATTRACT, ATTRACT_S, QUIET, Mood, Phase, light_of
from devices.arcade.options import LampOptions, Shows

MARQUEE = LampOptions(line="GPIO5", shows=Shows.MARQUEE)
COIN = LampOptions(line="GPIO6", shows=Shows.COIN)
START = LampOptions(line="GPIO12", player=1, button=Button.START)
FIRES = [LampOptions(line=f"GPIO{20 + n}", player=1, button=button) for n, button in enumerate(list(Button)[4:8])]
LAMPS = [MARQUEE, COIN, START, *FIRES]
BOTH = frozenset({1, 2})
EVERY_MOOD = [
    Mood(*so)
    for so in product(Phase, (False, True), (0, 2), (frozenset[int](), BOTH), (frozenset[int](), BOTH), (False, True))
]
EVERY_S = 0.02
LARGE_CHANGE = 0.1
"""WCAG 2.3.1: a flash is a pair of opposing changes of a tenth of the full brightness or more, …"""
FLASHES_MOST = 3
"""… of which any second may have three."""


def brightness(lamp: LampOptions, mood: Mood, now_s: float, pressed_at_s: float | None = None) -> float:
    return light_of(LAMPS, LAMPS.index(lamp), mood, now_s, pressed_at_s).brightness


def over(lamp: LampOptions, mood: Mood, seconds: float) -> list[float]:
    return [brightness(lamp, mood, n * EVERY_S) for n in range(round(seconds / EVERY_S))]


def flash_times(levels: Sequence[float]) -> list[float]:
    """When a large change follows a large change the other way (each pair is one flash)."""
    turns: list[tuple[float, int]] = []
    extreme = levels[0]
    for n, level in enumerate(levels):
        direction = turns[-1][1] if turns else 0
        if direction and (level - extreme) * direction > 0:
            extreme = level
        elif abs(level - extreme) >= LARGE_CHANGE:
            turns.append((n * EVERY_S, 1 if level > extreme else -1))
            extreme = level
    return [at_s for at_s, direction in turns if direction > 0]


def most_in_a_second(times_s: Sequence[float]) -> int:
    return max((sum(0 <= at_s - first < 1 - EVERY_S / 2 for at_s in times_s) for first in times_s), default=0)


class TestNoFlashing:
    def test_the_count_of_flashes_is_right(self) -> None:
        strobe = [1.0 if n % 10 < 5 else 0.0 for n in range(500)]  # 5 Hz
        assert most_in_a_second(flash_times(strobe)) == 5
        assert flash_times([0.5 + 0.04 * (-1) ** n for n in range(500)]) == []

    @pytest.mark.parametrize("lamp", [MARQUEE, COIN, START, FIRES[0], FIRES[-1]], ids=lambda lamp: lamp.line)
    def test_no_lamp_flashes_three_times_a_second_whatever_is_so(self, lamp: LampOptions) -> None:
        for mood in EVERY_MOOD:
            levels = over(lamp, mood, (len(ATTRACT) + 0.2) * ATTRACT_S if mood.phase is Phase.IDLE else 10)
            assert all(0.0 <= level <= 1.0 for level in levels)
            assert most_in_a_second(flash_times(levels)) < FLASHES_MOST

    @given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=40))
    def test_hammering_on_a_button_is_no_stroboscope(self, spans_s: list[float]) -> None:
        """Held, let go, held, …, for so long each."""
        levels: list[float] = []
        now_s, held, let_go_s = 0.0, False, -math.inf
        for span_s in spans_s:
            held = not held
            let_go_s = let_go_s if held else now_s
            for _ in range(max(1, round(span_s / EVERY_S))):
                levels.append(brightness(FIRES[0], Mood(Phase.PLAYING), now_s, math.inf if held else let_go_s))
                now_s += EVERY_S
        assert most_in_a_second(flash_times(levels)) <= FLASHES_MOST

    def test_attract_patterns_follow_each_other_through_the_dark(self) -> None:
        for lamp in FIRES:
            levels = over(lamp, Mood(), 2 * len(ATTRACT) * ATTRACT_S)
            assert max(abs(after - before) for before, after in pairwise(levels)) < LARGE_CHANGE


class TestButtons:
    @pytest.mark.parametrize("phase", Phase)
    @pytest.mark.parametrize("lamp", [START, FIRES[0]], ids=["start", "fire"])
    def test_a_lamp_follows_its_switch_whatever_is_so(self, lamp: LampOptions, phase: Phase) -> None:
        assert brightness(lamp, Mood(phase), 100.25, pressed_at_s=math.inf) == 1.0
        light = light_of(LAMPS, LAMPS.index(lamp), Mood(phase), 100.25, 100.25 - AFTERGLOW_S / 2)
        assert (light.brightness, light.until_s) == (1.0, 100.25 + AFTERGLOW_S / 2)

    def test_who_may_start_sees_it_blink_slowly(self) -> None:
        levels = over(START, Mood(may_start=frozenset({1})), 10)
        assert set(levels) == {0.0, 1.0}
        assert most_in_a_second(flash_times(levels)) == 1
        assert set(over(START, Mood(may_start=frozenset({2}), phase=Phase.PLAYING), 10)) == {0.0}

    def test_who_plays_has_start_lit_and_the_others_as_they_press(self) -> None:
        mood = Mood(Phase.PLAYING, playing=frozenset({1}))
        assert light_of(LAMPS, LAMPS.index(START), mood, 5.0, None).until_s == math.inf
        assert brightness(START, mood, 5.0) == 1.0
        assert brightness(FIRES[0], mood, 5.0) == 0.0

    def test_when_nobody_plays_the_buttons_invite_each_in_its_way(self) -> None:
        for n in range(len(ATTRACT)):
            at_s = (n + 0.25) * ATTRACT_S
            shown = [brightness(lamp, Mood(), at_s) for lamp in FIRES]
            assert (len(set(shown)) == 1) is (n == 0)
        assert max(over(FIRES[0], Mood(), ATTRACT_S * len(ATTRACT))) > 0.9
        assert max(over(FIRES[0], Mood(quiet=True), ATTRACT_S * len(ATTRACT))) <= QUIET


class TestCoin:
    def test_it_breathes_when_a_coin_is_awaited(self) -> None:
        levels = over(COIN, Mood(coin_awaited=True), 8)
        assert min(levels) < 0.2
        assert max(levels) > 0.9

    def test_it_is_lit_while_there_are_credits(self) -> None:
        assert brightness(COIN, Mood(credits=1), 1.0) == 1.0
        assert brightness(COIN, Mood(), 1.0) == 0.0


class TestMarquee:
    def test_it_is_lit_and_dimmed_in_quiet_hours(self) -> None:
        for phase in (Phase.IDLE, Phase.PLAYING):
            assert brightness(MARQUEE, Mood(phase), 1.0) == 1.0
            assert brightness(MARQUEE, Mood(phase, quiet=True), 1.0) == QUIET

    @pytest.mark.parametrize("quiet", [False, True])
    def test_it_warns_that_the_turn_ends(self, quiet: bool) -> None:
        levels = over(MARQUEE, Mood(Phase.ENDING, quiet=quiet), 8)
        assert min(levels) < 0.5 * max(levels)
        assert max(levels) <= (QUIET if quiet else 1.0)


def test_a_closed_cabinet_is_dark() -> None:
    closed = Mood(Phase.CLOSED, coin_awaited=True, credits=2, quiet=True)
    assert {brightness(lamp, closed, 1.0) for lamp in LAMPS} == {0.0}


def test_what_stands_still_is_never_looked_at_again_and_what_moves_at_a_modest_rate() -> None:
    for lamp, mood in product(LAMPS, EVERY_MOOD):
        light = light_of(LAMPS, LAMPS.index(lamp), mood, 50.01, None)
        if light.until_s == math.inf:
            assert set(over(lamp, mood, 30)) == {light.brightness}
        else:
            assert 50.01 < light.until_s <= 50.6
    still = Mood(Phase.PLAYING, playing=BOTH, quiet=True)
    assert all(light_of(LAMPS, n, still, 1.0, None).until_s == math.inf for n in range(len(LAMPS)))
