"""From the switch to the game, on a simulated cabinet and in the virtual Pi."""

import asyncio
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from devices.arcade.buttons import Button, Seen, Shortcut
from devices.arcade.input import owner
from devices.arcade.input.keys import GAMEPAD_KEYS, KEYBOARD_KEYS
from devices.arcade.input.owner import Controls, ShortcutUsed, controls
from devices.arcade.options import Profile, Shift
from devices.errors import BadConfig, DeviceOffline, LineBusy
from tests.devices.arcade.input.playing import (
    KEYBOARD,
    LINES,
    SECOND_PAD,
    Played,
    PlayedOnThePi,
    Watched,
    killed,
    options,
    presses,
    settled,
    voluntary_sleeps,
)
from tests.devices.board.bench import ROOT, opened
from tests.waiting import until

SOUTH, EAST, SELECT = GAMEPAD_KEYS[Button.SOUTH], GAMEPAD_KEYS[Button.EAST], GAMEPAD_KEYS[Button.SELECT]
START = GAMEPAD_KEYS[Button.START]
HAT_X = 0x10
BARE_STARTS = 4
NOBODY = 65534


def _seen(game: Watched, count: int) -> bool:
    return len(game.seen) == count


def _has_left(found: Controls, pid: int) -> bool:
    return found.pid != pid


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_a_press_reaches_the_game_and_the_cabinet(played: Played) -> None:
    async with controls(played.board, options()) as found:
        game = played.game()
        before_ns = time.monotonic_ns()
        played.press(Button.SOUTH)
        await until(lambda: game.pressed == {SOUTH})
        await settled()
        played.release(Button.SOUTH)
        await until(lambda: game.is_quiet)
        down, up = await presses(found, 2)
        assert (down.player, down.button, down.pressed, down.bounces) == (1, Button.SOUTH, True, 0)
        assert (up.button, up.pressed) == (Button.SOUTH, False)
        assert before_ns < down.at_ns < up.at_ns
        assert 0 < down.latency_ns < time.monotonic_ns() - before_ns
        counted = found.counters[1, Button.SOUTH]
        assert (counted.presses, counted.bounces) == (1, (1, 0, 0, 0))


async def test_each_player_has_a_gamepad(played: Played) -> None:
    async with controls(played.board, options()):
        first, second = played.game(), played.game(SECOND_PAD)
        played.press(Button.LEFT, player=2)
        await until(lambda: second.moved == {HAT_X: -1})
        played.press(Button.EAST)
        await until(lambda: first.pressed == {EAST})
        assert first.moved == {}
        assert second.pressed == set()


async def test_a_train_of_bounces_is_exactly_one_press(played: Played) -> None:
    async with controls(played.board, options()) as found:
        game = played.game()
        for _ in range(3):
            played.press(Button.SOUTH)
            played.release(Button.SOUTH)
        played.press(Button.SOUTH)
        (down,) = await presses(found, 1)
        assert down.bounces == 3
        await settled()
        assert game.seen == [(SOUTH, 1)]


@pytest.mark.parametrize("tap_s", [0.001, 0.005, 0.021, 0.05])
async def test_a_tap_is_one_press_and_one_release(played: Played, tap_s: float) -> None:
    async with controls(played.board, options()):
        game = played.game()
        played.press(Button.SOUTH)
        await asyncio.sleep(tap_s)
        played.release(Button.SOUTH)
        await until(lambda: len(game.seen) == 2)
        await settled()
        assert game.seen == [(SOUTH, 1), (SOUTH, 0)]


async def test_only_those_who_are_admitted_reach_the_game(played: Played) -> None:
    async with controls(played.board, options()) as found:
        first, second = played.game(), played.game(SECOND_PAD)
        played.press(Button.SOUTH)
        played.press(Button.SOUTH, player=2)
        await until(lambda: first.pressed and second.pressed)
        found.admit(1)
        await until(lambda: second.is_quiet)
        assert first.pressed == {SOUTH}
        found.admit(0)
        await until(lambda: first.is_quiet)
        played.press(Button.EAST)
        await presses(found, 3)
        assert first.is_quiet


async def test_a_profile_may_want_keys_and_nothing_stays_pressed(played: Played) -> None:
    keys = Profile(seen=Seen.KEYBOARD, remap={Button.SOUTH: Button.EAST})
    async with controls(played.board, options(profiles={"keys": keys})) as found:
        pad, keyboard = played.game(), played.game(KEYBOARD)
        played.press(Button.SOUTH, Button.LEFT)
        await until(lambda: pad.pressed and pad.moved)
        found.apply(keys)
        await until(lambda: pad.is_quiet)
        played.press(Button.EAST)
        await until(lambda: keyboard.pressed == {KEYBOARD_KEYS[0][Button.EAST]})
        found.apply(Profile())
        await until(lambda: keyboard.is_quiet)


async def test_keys_that_no_profile_of_the_configuration_wants_are_refused(world: Played) -> None:
    async with controls(world.board, options()) as found:
        with pytest.raises(BadConfig, match="no keyboard"):
            found.apply(Profile(seen=Seen.KEYBOARD))


async def test_a_coin_is_a_press_of_a_fixed_length(played: Played) -> None:
    async with controls(played.board, options()) as found:
        game = played.game()
        found.admit(0)
        since = time.monotonic()
        found.pulse(1, Button.SELECT, 0.1)
        await until(lambda: game.pressed == {SELECT})
        await until(lambda: game.is_quiet)
        assert time.monotonic() - since >= 0.1


async def test_a_shortcut_is_reported(played: Played) -> None:
    async with controls(played.board, options(shift=Shift())) as found:
        played.press(Button.START, Button.SELECT)
        async for batch in found:
            if ShortcutUsed(1, Shortcut.EXIT) in batch:
                break


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
async def test_a_process_that_dies_leaves_nothing_pressed_and_the_gamepad_stays(
    played: Played, how: signal.Signals
) -> None:
    async with controls(played.board, options()) as found:
        game = played.game()
        played.press(Button.SOUTH, Button.LEFT)
        await until(lambda: game.pressed and game.moved)
        await killed(found, how)
        assert game.is_quiet
        played.release(Button.SOUTH)
        await settled()
        played.press(Button.SOUTH)
        await until(lambda: game.pressed == {SOUTH})


async def test_profile_turn_and_counters_outlive_the_process(played: Played) -> None:
    async with controls(played.board, options()) as found:
        first, second = played.game(), played.game(SECOND_PAD)
        played.press(Button.SOUTH)
        await presses(found, 1)
        found.apply(Profile(remap={Button.SOUTH: Button.EAST}))
        found.admit(1)
        await killed(found)
        played.release(Button.SOUTH)
        await settled()
        played.press(Button.SOUTH)
        played.press(Button.SOUTH, player=2)
        await until(lambda: first.pressed == {EAST})
        await presses(found, 2)
        assert second.is_quiet
        assert found.counters[1, Button.SOUTH].presses == 2


async def test_a_coin_that_comes_while_there_is_no_process_is_not_swallowed(
    world: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, "WAITS_S", (0.3,))
    async with controls(world.board, options()) as found:
        game = world.game()
        assert found.pid is not None
        os.kill(found.pid, signal.SIGKILL)
        await until(lambda: found.pid is None)
        found.pulse(1, Button.SELECT, 0.05)
        await until(lambda: [value for _, value in game.seen] == [1, 0])


async def test_it_is_back_within_four_bare_starts_of_the_interpreter(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, "WAITS_S", (0.0,) * 5)  # as if each were the first in a long time
    async with controls(played.board, options()) as found:
        bare_s, back_s = [], []
        for _ in range(5):
            since = time.monotonic()
            process = await asyncio.create_subprocess_exec(sys.executable, "-c", "pass")
            await process.wait()
            bare_s.append(time.monotonic() - since)
            since = time.monotonic()
            await killed(found)
            back_s.append(time.monotonic() - since)
        ratio = statistics.median(back_s) / statistics.median(bare_s)
        assert ratio < BARE_STARTS


async def test_a_process_that_dies_again_and_again_is_given_up(world: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "WAITS_S", (0.0, 0.01))
    async with controls(world.board, options()) as found:
        for _ in range(3):
            await until(lambda: found.pid is not None)
            pid = found.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            await until(partial(_has_left, found, pid))
        with pytest.raises(DeviceOffline, match=r"ended 3 times in a row.*SIGKILL"):
            await presses(found, 1)


async def test_a_chip_that_goes_away_releases_everything_and_is_said(played: Played) -> None:
    async with controls(played.board, options()) as found:
        game = played.game()
        played.press(Button.SOUTH, Button.LEFT)
        await until(lambda: game.pressed and game.moved)
        await presses(found, 2)
        played.lose_the_chip()
        with pytest.raises(DeviceOffline, match="plug it in again"):
            await presses(found, 1)
        assert game.is_quiet


async def test_whoever_asks_after_the_end_is_told_again(world: Played) -> None:
    async with controls(world.board, options()) as found:
        world.lose_the_chip()
        for _ in range(2):
            with pytest.raises(DeviceOffline):
                await presses(found, 1)


async def test_after_it_is_left_nothing_remains(played: Played) -> None:
    async with controls(played.board, options()):
        pass
    before = opened()
    async with controls(played.board, options()) as found:
        pid = found.pid
        assert pid is not None
    assert not is_there(pid)
    assert opened() == before


async def test_it_can_be_reloaded_while_somebody_plays(played: Played) -> None:
    async with controls(played.board, options()):
        game = played.game()
        played.press(Button.SOUTH, Button.LEFT)
        await until(lambda: game.pressed and game.moved)
    async with controls(played.board, options()):
        again = played.game()
        played.release(Button.SOUTH)
        await settled()
        assert again.is_quiet
        played.press(Button.SOUTH)
        await until(lambda: again.pressed == {SOUTH})


async def test_a_line_that_is_held_by_another_is_said(world: Played) -> None:
    async with controls(world.board, options()):
        with pytest.raises(LineBusy, match="GPIO0"):
            async with controls(world.board, options()):
                pass


async def test_a_cabinet_that_does_not_listen_loses_presses_here_and_none_in_the_game(
    world: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, "KEPT_MOST", 4)
    async with controls(world.board, options(debounce=0.0)) as found:
        game = world.game()
        for count in range(1, 11):
            world.press(Button.SOUTH)
            world.release(Button.SOUTH)
            await until(partial(_seen, game, 2 * count))
        await until(lambda: found.counters.get((1, Button.SOUTH)) and found.counters[1, Button.SOUTH].presses == 10)
        await until(lambda: found.missed == 16)
        assert len(await presses(found, 4)) == 4


async def test_a_stopped_process_finds_out_what_the_kernel_dropped(played: Played) -> None:
    """More edges than are kept for it; then everything is as the switches are."""
    chance = random.Random(4)  # noqa: S311 - the same each time
    buttons = [Button.LEFT, Button.SOUTH, Button.EAST]
    async with controls(played.board, options(debounce=0.005)) as found:
        game = played.game()
        for held in range(8):
            assert found.pid is not None
            os.kill(found.pid, signal.SIGSTOP)
            for _ in range(1100):
                (played.press if chance.random() < 0.5 else played.release)(chance.choice(buttons))
            for place, button in enumerate(buttons):
                (played.press if held >> place & 1 else played.release)(button)
            played.press(Button.START)
            os.kill(found.pid, signal.SIGCONT)
            await until(lambda: START in game.pressed, within_s=60.0)
            played.release(Button.START)
            await until(lambda: START not in game.pressed)
            keys = {key for place, key in ((1, SOUTH), (2, EAST)) if held >> place & 1}
            await until(lambda: game.pressed == keys)  # noqa: B023 - waited for in this turn of the loop
            await until(lambda: game.moved == ({HAT_X: -1} if held & 1 else {}))  # noqa: B023 - likewise
        assert found.restarts == 0


async def test_three_hundred_edges_a_second_are_all_seen(played: Played) -> None:
    async with controls(played.board, options(debounce=0.003)) as found:
        game = played.game()
        buttons = (Button.SOUTH, Button.EAST, Button.START, Button.SELECT, Button.LEFT, Button.UP)
        edges = 0
        next_s = time.monotonic()
        for turn in range(100):
            for button in buttons:
                (played.release if turn % 2 else played.press)(button)
                edges += 1
                next_s = max(next_s + 1 / 300, time.monotonic())
                await asyncio.sleep(next_s - time.monotonic())
                assert len(game.seen) <= edges, "looked at now, for the kernel keeps few events for a game"
        await until(lambda: len(game.seen) == edges)
        await until(lambda: sum(counted.presses for counted in found.counters.values()) == edges // 2)


async def test_nothing_wakes_up_while_nobody_plays(played: Played) -> None:
    async with controls(played.board, options()) as found:
        game = played.game()
        played.press(Button.SOUTH)
        await until(lambda: game.pressed)
        played.release(Button.SOUTH)
        await until(lambda: game.is_quiet)
        await asyncio.sleep(1)
        assert found.pid is not None
        before = voluntary_sleeps(found.pid)
        await asyncio.sleep(2)
        assert voluntary_sleeps(found.pid) == before


def test_the_process_ends_with_its_owner(tmp_path: Path) -> None:
    program = f"""
import asyncio
from pathlib import Path
from tests.devices.arcade.input.playing import PlayedInTheWorld, options
from tests.devices.board.bench import SimulatedBench
from devices.arcade.input.owner import controls

async def main():
    async with controls(PlayedInTheWorld(SimulatedBench(Path({str(tmp_path)!r}))).board, options()) as found:
        print(found.pid, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        pid = int(running.stdout.readline())
        running.kill()
    asyncio.run(until(lambda: not is_there(pid)))


DAEMON = """
import asyncio, tempfile
from pathlib import Path
from devices.arcade.input.owner import controls
from devices.board.pi import PiBoard
from tests.devices.arcade.input.playing import options

async def main():
    async with controls(PiBoard(Path(tempfile.mkdtemp())), options()) as found:
        print(found.pid, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.pi
def test_the_gamepad_goes_with_a_daemon_that_is_killed(pi: PlayedOnThePi) -> None:
    with subprocess.Popen([sys.executable, "-c", DAEMON], stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        pid = int(running.stdout.readline())
        game = pi.game()
        pi.press(Button.SOUTH)
        asyncio.run(until(lambda: game.pressed == {SOUTH}))
        running.kill()
    asyncio.run(until(lambda: not is_there(pid)))
    with pytest.raises(ValueError, match="not enough values"):
        pi.game()


@pytest.mark.pi
def test_a_user_without_rights_may_run_it_where_nothing_can_be_written(pi: PlayedOnThePi, tmp_path: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "nothing", tmp_path], check=True)
    for device in (pi.header.path, Path("/dev/uinput")):
        os.chown(device, NOBODY, NOBODY)
    for folder in Path(sys.executable).resolve().parents:
        folder.chmod(folder.stat().st_mode | 0o555)
    command = [sys.executable, "-c", DAEMON]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HOME": "/nonexistent"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, user=NOBODY, group=NOBODY, extra_groups=[], cwd=tmp_path, env=environment
    ) as running:
        assert running.stdout is not None
        pid = int(running.stdout.readline())
        assert f"Uid:\t{NOBODY}" in Path(f"/proc/{pid}/status").read_text()
        assert Path(f"/proc/{pid}/cwd").readlink() == tmp_path
        game = pi.game()
        pi.press(Button.SOUTH)
        asyncio.run(until(lambda: game.pressed == {SOUTH}))
        running.kill()
    subprocess.run(["umount", tmp_path], check=True)


@pytest.mark.pi
async def test_the_chip_may_have_another_number_after_each_start(pi: PlayedOnThePi) -> None:
    async with controls(pi.board, options()):
        game = pi.game()
        pi.press(Button.SOUTH)
        await until(lambda: game.pressed == {SOUTH})
    before = pi.renumber()
    assert pi.header.path != before
    async with controls(pi.board, options()):
        game = pi.game()
        pi.press(Button.SOUTH)
        await until(lambda: game.pressed == {SOUTH})


def test_every_line_is_one_switch() -> None:
    assert len(set(LINES.values())) == len(LINES)
