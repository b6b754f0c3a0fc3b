"""A switch's life in numbers that never lose a press."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.arcade.buttons import Button
from devices.arcade.panel.life import BLOCK, BLOCKS, NONE, RECENT, YOUTH, Bounces, Life, both

batches = st.lists(st.tuples(*[st.integers(0, 60)] * 4), max_size=60)


def lived(batches: Sequence[Bounces]) -> Life:
    life = Life(neighbours={Button.EAST: 7})
    for batch in batches:
        life = life.grown(batch)
    return life


@given(batches)
def test_every_press_is_in_the_total(batches: list[Bounces]) -> None:
    total = NONE
    for batch in batches:
        total = both(total, batch)
    assert lived(batches).total == total
    assert lived(batches).presses == sum(total)


@given(batches)
def test_youth_is_the_first_presses_and_recent_are_the_last(batches: list[Bounces]) -> None:
    life = lived(batches)
    if life.presses >= YOUTH:
        assert YOUTH <= sum(life.youth) < YOUTH + 240
    else:
        assert life.youth == life.total
    assert min(life.presses, RECENT) <= sum(life.recent) <= BLOCKS * (BLOCK + 240)
    assert all(part <= whole for part, whole in zip(life.recent, life.total, strict=True))


@given(batches)
def test_what_is_kept_is_what_was_lived(batches: list[Bounces]) -> None:
    assert Life.read(json.loads(json.dumps(lived(batches).kept()))) == lived(batches)


def test_recent_presses_forget_the_older_ones() -> None:
    life = lived([(1, 0, 0, 0)] * 1000 + [(0, 0, 0, 1)] * BLOCK * BLOCKS)
    assert life.recent == (0, 0, 0, BLOCK * BLOCKS)
    assert life.youth == (YOUTH, 0, 0, 0)
    assert life.rise == 3.0


@pytest.mark.parametrize("wrong", [-1, 1.5, True, "1", None])
def test_what_is_no_count_is_damage(wrong: Any) -> None:
    kept = json.loads(json.dumps(lived([]).kept()))
    with pytest.raises(ValueError, match="no count"):
        Life.read({**kept, "total": [0, 0, 0, wrong]})
    with pytest.raises(ValueError, match="are no bounces"):
        Life.read({**kept, "youth": [0, 0, 0]})
