"""Truth tables: left and right (or up and down) are held in some order, and the game sees something of it."""

import pytest

from devices.arcade.buttons import Socd
from devices.arcade.input.process.socd import NEITHER, POLICIES, PRESSED, RELEASED, hat

FIRST, SECOND = 0, 1
VERTICAL, HORIZONTAL = 0, 1
HELD: dict[str, tuple[tuple[bool, int], ...]] = {
    "nothing": (),
    "first": ((True, FIRST),),
    "second": ((True, SECOND),),
    "first, then second": ((True, FIRST), (True, SECOND)),
    "second, then first": ((True, SECOND), (True, FIRST)),
    "both, first let go": ((True, FIRST), (True, SECOND), (False, FIRST)),
    "both, second let go": ((True, FIRST), (True, SECOND), (False, SECOND)),
    "both, both let go": ((True, FIRST), (True, SECOND), (False, FIRST), (False, SECOND)),
}
BOTH_HELD = ("first, then second", "second, then first")
HATS_WITH_BOTH = {
    (Socd.NEUTRAL, VERTICAL): (0, 0),
    (Socd.NEUTRAL, HORIZONTAL): (0, 0),
    (Socd.UP_PRIORITY, VERTICAL): (-1, -1),
    (Socd.UP_PRIORITY, HORIZONTAL): (0, 0),
    (Socd.LAST_WINS, VERTICAL): (1, -1),
    (Socd.LAST_WINS, HORIZONTAL): (1, -1),
    (Socd.FIRST_WINS, VERTICAL): (-1, 1),
    (Socd.FIRST_WINS, HORIZONTAL): (-1, 1),
    (Socd.BYPASS, VERTICAL): (-1, 1),
    (Socd.BYPASS, HORIZONTAL): (-1, 1),
}


def state(held: str) -> int:
    now = NEITHER
    for pressed, direction in HELD[held]:
        now = (PRESSED if pressed else RELEASED)[direction][now]
    return now


@pytest.mark.parametrize("socd", Socd)
@pytest.mark.parametrize("axis", [VERTICAL, HORIZONTAL])
@pytest.mark.parametrize(
    ("held", "seen"),
    [("nothing", 0), ("first", -1), ("second", 1), ("both, first let go", 1), ("both, second let go", -1)],
)
def test_one_direction_is_always_seen(socd: Socd, axis: int, held: str, seen: int) -> None:
    assert hat(POLICIES[socd][axis], state(held)) == seen


@pytest.mark.parametrize("socd", Socd)
@pytest.mark.parametrize("axis", [VERTICAL, HORIZONTAL])
def test_let_go_of_both_and_nothing_is_seen(socd: Socd, axis: int) -> None:
    assert hat(POLICIES[socd][axis], state("both, both let go")) == 0


@pytest.mark.parametrize(("socd", "axis"), HATS_WITH_BOTH)
def test_of_two_opposite_directions_a_hat_shows(socd: Socd, axis: int) -> None:
    shown = POLICIES[socd][axis]
    assert tuple(hat(shown, state(held)) for held in BOTH_HELD) == HATS_WITH_BOTH[socd, axis]


@pytest.mark.parametrize("held", BOTH_HELD)
def test_only_bypass_shows_both_of_them_as_keys(held: str) -> None:
    both = {socd for socd in Socd for axis in (0, 1) if POLICIES[socd][axis][state(held)] == (True, True)}
    assert both == {Socd.BYPASS}


def test_there_is_a_policy_for_each_word() -> None:
    assert list(POLICIES) == list(Socd)
