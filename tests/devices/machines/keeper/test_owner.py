"""The relay, from the daemon's side: on while somebody beats for it, and off whatever happens else."""

import os
import signal
import time

import pytest

from devices.errors import DeviceOffline, LineBusy
from devices.machines.keeper import owner
from devices.machines.keeper.owner import DIED
from devices.machines.keeper.process.codes import ASKED, LIMIT, SILENT
from tests.devices.board.bench import Bench, opened
from tests.devices.machines.keeper.relays import LINE, OFF_WITHIN_S, Turns, relay
from tests.waiting import until


@pytest.mark.parametrize("active_low", [False, True])
async def test_it_is_off_at_first_on_when_asked_and_off_when_asked(bench: Bench, active_low: bool) -> None:
    turns = Turns()
    async with relay(bench.board, turns, active_low=active_low) as kept:
        assert bench.level(LINE) is active_low
        kept.switch_on(kept.limit)
        await until(lambda: kept.on)
        assert bench.level(LINE) is not active_low
        kept.switch_off()
        await until(lambda: not kept.on)
        assert bench.level(LINE) is active_low
    assert turns.all == [(True, ""), (False, ASKED)]


async def test_it_stays_on_while_the_loop_beats(bench: Bench) -> None:
    turns = Turns()
    async with relay(bench.board, turns) as kept:
        kept.switch_on(kept.limit)
        await until(lambda: kept.on)
        since = time.monotonic()
        await until(lambda: time.monotonic() > since + OFF_WITHIN_S + 0.5)
        assert bench.level(LINE)
    assert turns.all[:1] == [(True, "")]


@pytest.mark.alone
async def test_without_beats_it_is_off_within_two_seconds_and_stays_so_when_they_come_back(bench: Bench) -> None:
    turns = Turns()
    async with relay(bench.board, turns) as kept:
        kept.switch_on(kept.limit)
        await until(lambda: kept.on)
        kept.hangs, since = True, time.monotonic()
        await until(lambda: not bench.level(LINE))
        assert time.monotonic() - since < OFF_WITHIN_S
        kept.hangs = False
        await until(lambda: turns.all[-1] == (False, SILENT))
        since = time.monotonic()
        await until(lambda: time.monotonic() > since + 1)
        assert not bench.level(LINE)
        kept.switch_on(kept.limit)
        await until(lambda: bench.level(LINE))


async def test_its_limit_holds_however_much_is_beaten(bench: Bench) -> None:
    turns = Turns()
    async with relay(bench.board, turns) as kept:
        kept.limit_s = time.monotonic() + 0.6
        kept.switch_on(kept.limit)
        await until(lambda: kept.on)
        await until(lambda: not bench.level(LINE))
        assert kept.limit_s <= time.monotonic() < kept.limit_s + 1
        await until(lambda: turns.all[-1] == (False, LIMIT))


@pytest.mark.alone
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
async def test_a_keeper_that_dies_leaves_the_line_off_and_comes_back_off(bench: Bench, how: signal.Signals) -> None:
    turns = Turns()
    async with relay(bench.board, turns) as kept:
        kept.switch_on(kept.limit)
        await until(lambda: kept.on)
        assert kept.pid is not None
        before, since = kept.pid, time.monotonic()
        os.kill(before, how)
        await until(lambda: not bench.level(LINE))
        assert time.monotonic() - since < OFF_WITHIN_S
        await until(lambda: kept.ready.is_set() and kept.pid != before)
        assert turns.all == [(True, ""), (False, DIED)]
        assert not bench.level(LINE)
        kept.switch_on(kept.limit)
        await until(lambda: bench.level(LINE))


@pytest.mark.alone
async def test_a_keeper_that_hangs_is_ended_and_the_line_is_off_within_two_seconds(bench: Bench) -> None:
    turns = Turns()
    async with relay(bench.board, turns) as kept:
        kept.switch_on(kept.limit)
        await until(lambda: kept.on)
        assert kept.pid is not None
        os.kill(kept.pid, signal.SIGSTOP)
        since = time.monotonic()
        await until(lambda: not bench.level(LINE))
        assert time.monotonic() - since < OFF_WITHIN_S
        await until(lambda: turns.all[-1] == (False, DIED))


@pytest.mark.alone
async def test_a_keeper_that_hangs_when_it_shall_switch_off_is_ended_too(bench: Bench) -> None:
    async with relay(bench.board, Turns()) as kept:
        kept.switch_on(kept.limit)
        await until(lambda: kept.on)
        assert kept.pid is not None
        os.kill(kept.pid, signal.SIGSTOP)
        kept.switch_off()
        since = time.monotonic()
        await until(lambda: not bench.level(LINE))
        assert time.monotonic() - since < OFF_WITHIN_S


async def test_after_it_is_left_the_line_is_off_and_nothing_remains(bench: Bench) -> None:
    async with relay(bench.board, Turns()):
        pass
    before = opened()
    async with relay(bench.board, Turns()) as kept:
        kept.switch_on(kept.limit)
        await until(lambda: kept.on)
        pid = kept.pid
        assert pid is not None
    assert not bench.level(LINE)
    assert opened() == before
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_line_that_is_held_by_another_is_said_and_nothing_is_on(bench: Bench) -> None:
    async with bench.board.output(LINE):
        with pytest.raises(ExceptionGroup) as failed:
            async with relay(bench.board, Turns()):
                pass
    assert isinstance(failed.value.exceptions[0], LineBusy)
    assert LINE in str(failed.value.exceptions[0])


async def test_it_cannot_be_switched_on_while_there_is_no_keeper(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "WAITS_S", (0.5,) * 5)
    async with relay(bench.board, Turns()) as kept:
        assert kept.pid is not None
        os.kill(kept.pid, signal.SIGKILL)
        await until(lambda: not kept.ready.is_set())
        with pytest.raises(DeviceOffline, match="not ready"):
            kept.switch_on(kept.limit)


async def test_a_keeper_that_dies_again_and_again_is_given_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "WAITS_S", ())

    async def killed() -> None:
        async with relay(bench.board, Turns()) as kept:
            assert kept.pid is not None
            os.kill(kept.pid, signal.SIGKILL)
            await until(lambda: False)

    with pytest.raises(ExceptionGroup) as failed:
        await killed()
    assert "SIGKILL" in str(failed.value.exceptions[0])
