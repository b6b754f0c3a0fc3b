"""The input process as a program: records in, input events out."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devices.arcade.buttons import Button, Shortcut, Socd
from devices.arcade.input.keys import GAMEPAD_KEYS
from devices.arcade.input.process.codes import CHIP_GONE
from devices.arcade.input.tables import NUMBERS
from devices.arcade.options import Profile, Shift
from tests.devices.arcade.input.running import PACKAGE, Running, running

SOUTH, EAST = GAMEPAD_KEYS[Button.SOUTH], GAMEPAD_KEYS[Button.EAST]
HAT_X = 0x10
DOWN, UP = True, False
SPARED = {"asyncio", "enum", "re", "typing", "dataclasses", "collections", "functools", "socket", "signal", "devices"}


def sleeps(running: Running) -> int:
    """How often the process has gone to sleep."""
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    return int(status.partition("voluntary_ctxt_switches:")[2].split()[0])


def test_it_imports_next_to_nothing() -> None:
    program = f"import sys; sys.path.append({str(PACKAGE)!r}); import process.program; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & SPARED == set()


def test_a_press_and_a_release_reach_the_game_and_are_reported() -> None:
    with running() as process:
        process.turn((Button.SOUTH, DOWN))
        process.until(lambda: process.games[0].pressed == {SOUTH})
        process.settle()
        process.turn((Button.SOUTH, UP))
        process.until(lambda: process.games[0].is_quiet)
        process.settle()
        assert process.presses == [(0, NUMBERS[Button.SOUTH], True, 0), (0, NUMBERS[Button.SOUTH], False, 0)]


def test_a_bounce_train_is_one_press() -> None:
    with running() as process:
        for level in (DOWN, UP, DOWN, UP, DOWN):
            process.turn((Button.SOUTH, level))
        process.settle()
        assert process.games[0].seen == [(SOUTH, 1)]
        assert process.presses == [(0, NUMBERS[Button.SOUTH], True, 2)]


def test_a_release_within_the_window_comes_at_its_end() -> None:
    with running() as process:
        process.turn((Button.SOUTH, DOWN))
        process.turn((Button.SOUTH, UP))
        process.until(lambda: process.games[0].seen == [(SOUTH, 1), (SOUTH, 0)])


def test_changes_that_come_together_are_one_write_for_each_player() -> None:
    with running(players=2) as process:
        process.process.send_signal(signal.SIGSTOP)
        for player in (0, 1):
            process.turn((Button.SOUTH, DOWN), (Button.EAST, DOWN), (Button.LEFT, DOWN), player=player)
        process.process.send_signal(signal.SIGCONT)
        process.until(lambda: [game.pressed for game in process.games] == [{SOUTH, EAST}] * 2)
        assert process.writes == [0, 1]
        assert [game.moved for game in process.games] == [{HAT_X: -1}] * 2


@pytest.mark.parametrize("unseen", [{0}, {1}, {0, 1}, {0, 2}])
def test_records_that_the_kernel_dropped_are_noticed_and_made_up_for(unseen: set[int]) -> None:
    with running() as process:
        process.turn((Button.SOUTH, DOWN), (Button.LEFT, DOWN), (Button.EAST, DOWN))
        process.settle()
        process.turn((Button.SOUTH, UP), (Button.LEFT, UP), (Button.EAST, UP), (Button.WEST, DOWN), unseen=unseen)
        process.until(lambda: process.games[0].pressed == {GAMEPAD_KEYS[Button.WEST]} and not process.games[0].moved)


def test_a_switch_whose_last_record_was_dropped_does_not_stay_pressed() -> None:
    """Nothing comes after it that would show the gap: a held switch is looked at now and then."""
    with running() as process:
        process.turn((Button.SOUTH, DOWN))
        process.settle()
        process.turn((Button.SOUTH, UP), unseen={0})
        process.until(lambda: process.games[0].is_quiet and process.games[0].seen)


def test_nor_does_it_while_another_has_been_stuck_for_long() -> None:
    """A stuck switch is looked at less and less often; a press makes it often again."""
    with running() as process:
        process.turn((Button.WEST, DOWN))
        time.sleep(2)
        process.turn((Button.SOUTH, DOWN))
        process.settle()
        process.turn((Button.SOUTH, UP), unseen={0})
        since = time.monotonic()
        process.until(lambda: SOUTH not in process.games[0].pressed)
        assert time.monotonic() - since < 1


def test_a_switch_that_is_held_when_it_starts_has_to_be_pressed_anew() -> None:
    with running(held=[Button.SOUTH, Button.LEFT]) as process:
        process.turn((Button.SOUTH, UP))
        process.settle()
        assert process.games[0].seen == []
        process.turn((Button.SOUTH, DOWN))
        process.until(lambda: process.games[0].pressed == {SOUTH})


def test_another_profile_releases_what_is_held() -> None:
    with running() as process:
        process.turn((Button.SOUTH, DOWN), (Button.LEFT, DOWN))
        process.until(lambda: process.games[0].pressed)
        process.tell("apply", process.tables(Profile(remap={Button.SOUTH: Button.EAST})))
        process.until(lambda: process.games[0].is_quiet)
        process.settle()
        process.turn((Button.SOUTH, UP))
        process.settle()
        process.turn((Button.SOUTH, DOWN))
        process.until(lambda: process.games[0].pressed == {EAST})


def test_whoever_is_not_admitted_is_reported_and_reaches_no_game() -> None:
    with running(players=2) as process:
        process.tell("admit", 1)
        process.settle()
        for player in (0, 1):
            process.turn((Button.SOUTH, DOWN), player=player)
        process.settle()
        assert [game.pressed for game in process.games] == [{SOUTH}, set()]
        assert [player for player, *_ in process.presses] == [0, 1]


@pytest.mark.parametrize("signalled", [signal.SIGTERM, None])
def test_everything_is_released_when_it_is_ended(signalled: signal.Signals | None) -> None:
    with running(players=2) as process:
        for player in (0, 1):
            process.turn((Button.SOUTH, DOWN), (Button.LEFT, DOWN), player=player)
        process.until(lambda: all(game.pressed and game.moved for game in process.games))
        if signalled:
            process.process.send_signal(signalled)
        else:
            process.abandon()
        assert process.process.wait(10) == 0
        process.look()
        process.look()
        assert all(game.is_quiet for game in process.games)


def test_a_chip_that_goes_away_releases_everything() -> None:
    with running() as process:
        process.turn((Button.SOUTH, DOWN), (Button.LEFT, DOWN))
        process.until(lambda: process.games[0].pressed)
        process.unplug()
        assert process.process.wait(10) == CHIP_GONE
        process.look()
        assert process.games[0].is_quiet


def test_a_shortcut_is_told_to_the_owner() -> None:
    with running(shift=Shift(switch=Button.START, buttons={Button.SELECT: Shortcut.SAVE})) as process:
        process.turn((Button.START, DOWN))
        process.turn((Button.SELECT, DOWN))
        process.until(lambda: ("shortcut", 0, list(Shortcut).index(Shortcut.SAVE)) in process.said)
        process.turn((Button.SELECT, UP))
        process.turn((Button.START, UP))
        process.settle()
        assert process.games[0].seen == []


def test_turbo_fires_by_itself() -> None:
    with running(Profile(turbo={Button.SOUTH: 30})) as process:
        process.turn((Button.SOUTH, DOWN))
        process.until(lambda: len(process.games[0].seen) >= 6)
        process.turn((Button.SOUTH, UP))
        process.until(lambda: process.games[0].is_quiet)
        process.settle()
        assert [value for _, value in process.games[0].seen[:6]] == [1, 0, 1, 0, 1, 0]


def test_an_owner_that_does_not_listen_never_delays_the_game_and_hears_the_counts_later() -> None:
    with running(window_ns=0) as process:
        presses = 1000
        for _ in range(presses):
            for level in (DOWN, UP):
                process.turn((Button.SOUTH, level))
                process.play()
        assert process.games[0].seen == [(SOUTH, 1), (SOUTH, 0)] * presses
        process.until(lambda: process.said and process.said[-1][3:] and process.said[-1][3][0] == presses)
        assert len(process.presses) < 2 * presses, "the owner's socket was full"


def test_nobody_plays_and_nothing_wakes_up() -> None:
    with running(Profile(turbo={Button.SOUTH: 30})) as process:
        process.turn((Button.SOUTH, DOWN))
        process.turn((Button.SOUTH, UP))
        process.settle()
        process.tell("pulse", 0, NUMBERS[Button.SELECT], 1_000_000)
        process.until(lambda: [value for _, value in process.games[0].seen] == [1, 0, 1, 0])
        time.sleep(1)
        before = sleeps(process)
        time.sleep(2)
        assert sleeps(process) == before


@pytest.mark.parametrize("socd", Socd)
def test_whatever_is_played_ends_as_the_switches_are(socd: Socd) -> None:
    """Fast, with bounces and dropped records; in the end each button is what its switch is."""
    chance = random.Random(socd)  # noqa: S311 - the same train each time
    buttons = [Button.UP, Button.DOWN, Button.LEFT, Button.SOUTH, Button.EAST]
    level = dict.fromkeys(buttons, UP)
    with running(Profile(socd=socd)) as process:
        for _ in range(600):
            button = chance.choice(buttons)
            level[button] = not level[button]
            process.turn((button, level[button]), unseen={0} if chance.random() < 0.05 else ())
            time.sleep(chance.choice((0, 0, 0, 0.001, 0.003)))
            process.look()
        for button in buttons:
            if level[button]:
                process.turn((button, UP))
        process.settle()
        process.until(lambda: process.games[0].is_quiet)
