"""Whatever the ledger is doing when its process is killed, no coin is doubled and at most one is lost."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.fault
PROGRAM = Path(__file__).with_name("doomed_life.py")
ROOT = Path(__file__).parents[4]
COINS = ["coin 0", "coin 1", "coin 2"]
WORTH = 2
"""Credits of each, and pulses that it owes to the game."""


@dataclass(frozen=True, slots=True)
class Life:
    """One life as `doomed_life.py` tells it."""

    died_at: int | None
    promised: Sequence[str]
    rows: Sequence[tuple[str, str, int, int]]

    def ids(self, kind: str) -> list[str]:
        return [entry_id for each, entry_id, _, _ in self.rows if each == kind]

    @property
    def balance(self) -> int:
        return sum(worth for _, _, worth, _ in self.rows)

    @property
    def given(self) -> int:
        """Pulses that are marked as given to the game."""
        return -sum(pulses for kind, _, _, pulses in self.rows if kind == "pulses")

    @property
    def sent(self) -> int:
        """Pulses that the game got."""
        return self.promised.count("pulse")


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Life]:
    """A killed life and the one after it, for each system call in turn; and one that nobody could kill any more."""
    run = subprocess.run(
        [sys.executable, str(PROGRAM), str(tmp_path_factory.mktemp("lives"))],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    told: list[dict[str, Any]] = [json.loads(line) for line in run.stdout.splitlines()]
    return [Life(each["died_at"], each["promised"], [tuple(row) for row in each["rows"]]) for each in told]


def test_the_kills_came_in_every_state_of_the_ledger(lives: Sequence[Life]) -> None:
    killed = [life for life in lives if life.died_at is not None]
    assert len(killed) > 200
    states = {(len(life.ids("coin")), len(life.ids("turn")), life.given, len(life.ids("refund"))) for life in killed}
    assert states == {(0, 0, 0, 0), (1, 0, 0, 0), (2, 0, 0, 0), (3, 0, 0, 0), (3, 1, 0, 0), (3, 1, 2, 0), (3, 1, 2, 1)}


def test_no_coin_is_doubled_and_at_most_the_one_that_was_being_written_is_lost(lives: Sequence[Life]) -> None:
    for life in lives:
        inserted = [each.removeprefix("inserting ") for each in life.promised if each.startswith("inserting ")]
        known = life.ids("coin")
        assert known == COINS[: len(known)]
        assert len(known) >= len(inserted) - 1
        assert set(known) >= {each for each in life.promised if each in COINS}


def test_the_balance_is_what_was_inserted_less_what_was_spent(lives: Sequence[Life]) -> None:
    for life in lives:
        spent = 3 * (len(life.ids("turn")) - len(life.ids("refund")))
        assert life.balance == WORTH * len(life.ids("coin")) - spent
        assert life.balance >= 0
        assert set(life.ids("turn")) >= {each for each in life.promised if each.startswith("turn")}


def test_the_next_life_completes_what_was_begun_and_repeats_nothing(lives: Sequence[Life]) -> None:
    for killed, after in zip(lives[::2], lives[1::2], strict=False):
        assert killed.died_at is not None
        assert after.died_at is None
        assert after.rows[: len(killed.rows)] == killed.rows
        assert (after.ids("coin"), after.ids("turn"), after.ids("refund")) == (COINS, ["turn 0"], ["turn 0"])


def test_a_pulse_reaches_the_game_at_most_once(lives: Sequence[Life]) -> None:
    for killed, after in zip(lives[::2], lives[1::2], strict=False):
        assert killed.sent <= killed.given
        assert killed.sent + after.sent <= after.given <= WORTH * len(COINS)
