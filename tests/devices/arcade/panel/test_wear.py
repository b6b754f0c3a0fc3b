"""A worn switch is named before it fails; one that is well never is."""

from random import Random

import pytest

from devices.arcade.buttons import Button
from devices.arcade.panel.life import BLOCK, BLOCKS, RECENT, YOUTH, a_press
from devices.arcade.panel.wear import KIND, SILENT_AFTER, silent, worn
from tests.devices.arcade.panel.cabinet import BUTTONS
from tests.devices.arcade.panel.contact import Panel, WearingSwitch, panel, pressed

SOUTH = (1, Button.SOUTH)
PAST = YOUTH + BLOCK * BLOCKS
GOOD = 0.6
"""Bounces a press of a usual microswitch."""


@pytest.fixture(params=range(3))
def random(request: pytest.FixtureRequest) -> Random:
    return Random(request.param)  # noqa: S311 - it plays, and keeps nothing secret


def good_panel(random: Random) -> Panel:
    return panel(random, GOOD, buttons=BUTTONS)


class TestAContactThatWears:
    @pytest.mark.parametrize("presses", [5_000, 20_000])
    def test_is_named_well_before_a_press_is_doubled_or_lost(self, random: Random, presses: int) -> None:
        whole, switch = good_panel(random), WearingSwitch(random)
        whole.play(PAST)
        whole.renew(SOUTH)
        named_at = failed_at = None
        for n in range(presses):
            switch.wear = n / presses
            whole.press(SOUTH, switch.press())
            if named_at is None and n % BLOCK == 0 and SOUTH in worn(whole.lives):
                named_at = n
            if switch.lost + switch.doubled > 1:
                failed_at = n
                break
        assert named_at is not None
        assert failed_at is not None, "the contact never failed, so that nothing is proved"
        assert named_at < 0.4 * failed_at

    def test_is_named_without_siblings_too(self, random: Random) -> None:
        alone = Panel(random, {SOUTH: GOOD})
        alone.play(PAST)
        assert not worn(alone.lives)
        alone.play(RECENT + BLOCK, more=0.7)
        assert "it bounces more and more: 1." in worn(alone.lives)[SOUTH]

    def test_is_the_only_one_named(self, random: Random) -> None:
        whole = good_panel(random)
        whole.play(10 * PAST)
        whole.means[SOUTH] = GOOD + 0.8
        whole.play(RECENT + BLOCK)
        assert worn(whole.lives).keys() == {SOUTH}

    def test_is_named_when_it_was_worn_before_counting_began(self, random: Random) -> None:
        whole = good_panel(random)
        whole.means[SOUTH] = 2.4
        whole.play(RECENT)
        assert worn(whole.lives).keys() == {SOUTH}
        assert "more than its like: " in worn(whole.lives)[SOUTH]

    def test_is_named_in_a_panel_that_wears_all_together(self, random: Random) -> None:
        whole = good_panel(random)
        whole.play(PAST)
        whole.play(RECENT + BLOCK, more=1.8)
        assert worn(whole.lives).keys() == whole.lives.keys()

    def test_stays_named_until_it_is_clearly_better(self, random: Random) -> None:
        alone = Panel(random, {SOUTH: GOOD})
        alone.play(PAST)
        alone.play(RECENT + BLOCK, more=0.38)
        assert not worn(alone.lives)
        assert SOUTH in worn(alone.lives, [SOUTH])
        alone.play(RECENT + BLOCK)
        assert not worn(alone.lives, [SOUTH])

    def test_is_well_again_when_its_dirt_has_burnt_off_whatever_its_make(self, random: Random) -> None:
        whole = panel(random, 0.4, buttons=BUTTONS)
        whole.means[SOUTH] = 1.2
        whole.play(PAST)
        assert not worn(whole.lives)
        whole.means[SOUTH] = 2.2
        whole.play(RECENT + BLOCK)
        assert worn(whole.lives).keys() == {SOUTH}
        whole.means[SOUTH] = 1.2
        whole.play(RECENT + BLOCK)
        assert not worn(whole.lives, [SOUTH])


class TestAHealthyPanel:
    @pytest.mark.parametrize(
        "makes",
        [(0.0, 0.3, 0.6, 1.1), (2.0, 2.4)],
        ids=["several makes", "leaf springs"],
    )
    def test_is_not_accused_over_100_000_presses_of_each_switch(self, makes: tuple[float, ...]) -> None:
        random = Random(7)  # noqa: S311 - as above
        whole = panel(random, *makes, buttons=(*BUTTONS[:6], Button.START))
        weather = 0.0
        for _ in range(1000):
            weather = min(max(weather + random.uniform(-0.02, 0.02), -0.3), 0.3)
            whole.play(BLOCK, more=weather)
            assert not worn(whole.lives)
            assert not silent(whole.lives)

    def test_is_not_accused_by_the_debouncing_that_is_really_there(self) -> None:
        random = Random(11)  # noqa: S311 - as above
        whole, switch = good_panel(random), WearingSwitch(random)
        whole.play(PAST)
        for n in range(30_000):
            whole.press(SOUTH, switch.press())
            assert n % BLOCK or not worn(whole.lives)
        assert (switch.lost, switch.doubled) == (0, 0)

    def test_may_be_as_dusty_everywhere(self, random: Random) -> None:
        whole = good_panel(random)
        whole.play(PAST)
        whole.play(RECENT + BLOCK, more=0.7)
        assert not worn(whole.lives)


class TestFewPresses:
    def test_of_a_switch_are_no_reason_to_judge_it(self, random: Random) -> None:
        whole = good_panel(random)
        whole.play(PAST, besides=[SOUTH])
        whole.press(SOUTH, (0, 0, 0, RECENT - 1))
        assert not worn(whole.lives)
        whole.press(SOUTH, (0, 0, 0, 1))
        assert SOUTH in worn(whole.lives)

    def test_of_the_siblings_are_no_measure(self, random: Random) -> None:
        whole = good_panel(random)
        whole.means[SOUTH] = 2.4
        whole.play(RECENT - 1)
        whole.press(SOUTH, pressed(random, 2.4, BLOCK))
        assert not worn(whole.lives)


class TestASilentSwitch:
    def test_is_one_that_was_never_pressed_while_its_neighbours_were(self, random: Random) -> None:
        whole = good_panel(random)
        whole.play(SILENT_AFTER - 1, besides=[SOUTH])
        assert not silent(whole.lives)
        whole.play(1, besides=[SOUTH])
        assert silent(whole.lives).keys() == {SOUTH}
        assert "never pressed, its neighbours 3000 times: is its wire loose?" in silent(whole.lives)[SOUTH]

    def test_is_one_that_is_no_longer_pressed(self, random: Random) -> None:
        whole = good_panel(random)
        whole.play(5 * SILENT_AFTER)
        whole.play(SILENT_AFTER - 1, besides=[SOUTH])
        assert not silent(whole.lives)
        whole.play(1, besides=[SOUTH])
        assert "no longer pressed" in silent(whole.lives)[SOUTH]
        whole.press(SOUTH, (1, 0, 0, 0))
        assert not silent(whole.lives)

    def test_is_not_one_that_has_just_been_fitted(self, random: Random) -> None:
        whole = good_panel(random)
        whole.play(2 * SILENT_AFTER)
        whole.renew(SOUTH)
        assert not silent(whole.lives)
        whole.play(SILENT_AFTER, besides=[SOUTH])
        assert "never pressed" in silent(whole.lives)[SOUTH]

    def test_is_not_one_that_most_games_do_not_need(self, random: Random) -> None:
        whole = good_panel(random)
        whole.play(2 * SILENT_AFTER, besides=[(1, Button.WEST), (1, Button.NORTH)])
        assert not silent(whole.lives)

    def test_is_not_one_of_a_player_who_never_comes(self, random: Random) -> None:
        whole = good_panel(random)
        whole.play(2 * SILENT_AFTER, besides=[switch for switch in whole.means if switch[0] == 2])
        assert not silent(whole.lives)


def test_every_button_is_of_one_kind() -> None:
    assert KIND.keys() == set(Button)
    assert all(KIND[near] is kind for kind in KIND.values() for near in kind)


def test_three_bounces_and_more_count_as_three() -> None:
    assert a_press((1, 1, 1, 1)) == pytest.approx(1.5)
    assert a_press((0, 0, 0, 0)) == 0
