"""A whole machine on a real bus: badges, relay, jobs, button, pages, and what happens when things die."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from devices.board.board import CONSUMER
from devices.board.clock import Clock, Moment
from devices.board.simulated import SimulatedBoard
from devices.board.world import World
from devices.device import Event, NoArguments
from devices.errors import Refused
from devices.machines import running_machine, session
from devices.machines.keeper import owner
from devices.machines.options import CurrentSensor
from devices.policy.permit import sign_permit
from devices.policy.rules import MachineRules
from tests.devices.machines.running import (
    HUB,
    MILL,
    OPTIONS,
    PEOPLE,
    READER,
    RELAY,
    PlayedOutside,
    policy,
    running,
    with_session,
)
from tests.faults.small_disk import small_disk

OFF_WITHIN_S = 2.0


@pytest.fixture(autouse=True)
def badges_may_follow_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for a card to be away."""
    monkeypatch.setattr(session, "AGAIN_S", 0.0)


async def begun(mill: PlayedOutside, name: str = "amina") -> None:
    """Somebody has badged in, and has power."""
    assert (await mill.badge(name))["granted"]
    await mill.until(lambda: mill.state("power") and mill.powered)


async def test_a_trained_member_has_power_from_badge_in_to_badge_out(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        assert not mill.powered
        access = await mill.badge("amina")
        assert access == {
            "granted": True,
            "reason": "granted",
            "member": PEOPLE["amina"].id,
            "language": "fr",
            "direction": "in",
            "strength": "uid",
            "policy": 7,
            "notes": [],
        }
        await mill.until(lambda: mill.state("power"))
        assert mill.powered
        assert (mill.phase, mill.state("session")["member"]) == ("running", PEOPLE["amina"].id)
        assert mill.state("session")["remaining_s"] == 4 * 3600
        access = await mill.badge("amina")
        assert (access["granted"], access["direction"]) == (True, "out")
        assert mill.state("display") == {"reason": None, "language": "fr"}
        await mill.until(lambda: not mill.powered and mill.state("power") is False)
        assert mill.phase == "idle"
        assert mill.of("session-ended") == [{"member": PEOPLE["amina"].id, "seconds": 0, "why": "badge-out"}]


async def test_a_denial_says_why_in_the_members_language_and_the_display_forgets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running_machine, "DISPLAY_S", 0.1)
    async with running(tmp_path) as mill:
        access = await mill.badge("chloe")
        assert (access["granted"], access["reason"]) == (False, "no-training")
        assert mill.state("display") == {"reason": "no-training", "language": "fr"}
        await mill.until(lambda: mill.state("display") == {"reason": None, "language": None})
        assert not mill.powered


@pytest.mark.parametrize("other", ["chloe", "amina-lost", "nobody"])
async def test_a_denial_never_disturbs_the_current_session(tmp_path: Path, other: str) -> None:
    async with running(tmp_path) as mill:
        await begun(mill)
        before = mill.state("session")
        assert not (await mill.badge(other))["granted"]
        await mill.a_while()
        assert mill.powered
        assert mill.state("session") == before
        assert mill.of("session-ended") == mill.of("cut") == []


async def test_whoever_is_not_let_in_any_more_can_still_badge_out(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        await begun(mill)
        mill.bus.latest.policy = None
        assert (await mill.badge("amina"))["direction"] == "out"
        await mill.until(lambda: not mill.powered)


async def test_a_card_that_is_held_twice_is_answered_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "AGAIN_S", 60.0)
    async with running(tmp_path) as mill:
        await begun(mill)
        mill.show("amina")
        await mill.a_while()
        assert mill.powered
        assert len(mill.of("access")) == 1


async def test_a_badge_that_somebody_says_on_mqtt_is_no_badge(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        mill.show("amina", local=False)
        await mill.a_while()
        assert not mill.powered
        assert mill.of("access") == []


async def test_another_member_takes_over_without_the_power_going_off(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        await begun(mill)
        assert (await mill.badge("bruno"))["language"] == "pt"
        await mill.a_while()
        assert mill.powered
        assert mill.state("session")["member"] == PEOPLE["bruno"].id
        assert [ended["why"] for ended in mill.of("session-ended")] == ["taken-over"]
        assert len(mill.of("session-started")) == 2
        assert mill.state("counters")["sessions"] == 2


async def test_a_job_is_done_first_when_its_user_badges_out(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        await begun(mill)
        mill.work(True)
        await mill.a_while()
        await mill.badge("amina")
        await mill.until(lambda: mill.phase == "grace")
        await mill.a_while()
        assert mill.powered
        assert mill.state("session")["ends"] is None
        mill.work(False)
        await mill.until(lambda: not mill.powered)
        assert [ended["why"] for ended in mill.of("session-ended")] == ["badge-out"]


async def test_a_session_ends_by_itself_after_warning_and_grace(tmp_path: Path) -> None:
    async with running(tmp_path, with_session(most=1.0, warning=0.5, grace=0.5)) as mill:
        await begun(mill)
        for phase in ("warning", "grace", "idle"):
            await mill.until(lambda: mill.phase == phase)  # noqa: B023 - waited for in this turn of the loop
        await mill.until(lambda: not mill.powered)
        assert [ended["why"] for ended in mill.of("session-ended")] == ["time-up"]
        assert mill.of("cut") == []


async def test_a_job_outlasts_the_session(tmp_path: Path) -> None:
    async with running(tmp_path, with_session(most=0.6, warning=0.2, grace=0.2)) as mill:
        await begun(mill)
        mill.work(True)
        await mill.a_while(1.5)
        assert (mill.phase, mill.powered) == ("grace", True)
        mill.work(False)
        await mill.until(lambda: not mill.powered)


async def test_a_current_sensor_says_that_a_job_runs_and_one_that_fails_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.machines.sensing.LOOK_EVERY_S", 0.05)
    monkeypatch.setattr("devices.machines.sensing.AGAIN_S", 0.05)
    world = World(tmp_path / "world")
    world.attribute("class/hwmon/hwmon0/name", "ina219\n")
    world.attribute("class/hwmon/hwmon0/curr1_input", "20\n")
    clamp = CurrentSensor(type="hwmon", name="ina219", attribute="curr1_input", running=300, idle=100, rest=0.1)
    async with running(tmp_path, replace(OPTIONS, current=clamp), world=world) as mill:
        await begun(mill)
        world.attribute("class/hwmon/hwmon0/curr1_input", "400\n")
        await mill.a_while(0.5)
        await mill.badge("amina")
        world.attribute("class/hwmon/hwmon0/curr1_input", "nan\n")
        await mill.until(lambda: "nan" in mill.state("problems").get("current", ""))
        assert (mill.phase, mill.powered) == ("grace", True)
        world.attribute("class/hwmon/hwmon0/curr1_input", "50\n")
        await mill.until(lambda: not mill.powered)
        assert mill.state("problems") == {}


@pytest.mark.alone
async def test_the_button_stops_at_once_and_only_a_maintainer_releases(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        await begun(mill)
        mill.work(True)
        mill.press()
        since = time.monotonic()
        await mill.until(lambda: not mill.powered)
        assert time.monotonic() - since < OFF_WITHIN_S
        await mill.until(lambda: mill.phase == "stopped")
        assert mill.of("oops") == [{"by": "button"}]
        assert mill.of("session-ended")[0]["why"] == "oops"
        access = await mill.badge("amina")
        assert (access["granted"], access["reason"]) == (False, "stopped")
        assert (await mill.badge("denis"))["granted"] is False, "the button is still pressed"
        mill.press(False)
        await mill.a_while(0.2)
        assert (await mill.badge("denis"))["granted"] is True
        assert mill.of("released") == [{"member": PEOPLE["denis"].id}]
        assert (mill.phase, mill.powered) == ("idle", False)
        await begun(mill)


async def test_anybody_says_oops_on_a_page_and_it_stays_so_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        await begun(mill)
        await mill.port.handlers["oops"](NoArguments())
        await mill.until(lambda: not mill.powered)
        assert mill.of("oops") == [{"by": "page"}]
    async with running(tmp_path) as mill:
        assert mill.phase == "stopped"
        assert not (await mill.badge("amina"))["granted"]
        await mill.ask("release")
        await begun(mill)
    async with running(tmp_path) as mill:
        assert mill.phase == "idle"


async def test_a_page_ends_a_session(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        with pytest.raises(Refused, match="nobody uses it"):
            await mill.ask("end")
        await begun(mill)
        await mill.ask("end")
        await mill.until(lambda: not mill.powered)


async def test_a_permit_counts_once_for_one_action_and_only_from_the_hub(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        await mill.port.handlers["oops"](NoArguments())
        now = mill.port.now().utc
        good = sign_permit(HUB, device=MILL, action="release", by="d" * 16, now=now)
        release = mill.port.handlers["release"]
        for bad in (
            sign_permit(HUB, device="printer", action="release", by="d" * 16, now=now),
            sign_permit(HUB, device=MILL, action="end", by="d" * 16, now=now),
            sign_permit(HUB, device=MILL, action="release", by="d" * 16, now=now - timedelta(minutes=1)),
            replace(good, signature="0" * 128),
        ):
            with pytest.raises(Refused):
                await release(bad)
        await release(good)
        await mill.port.handlers["oops"](NoArguments())
        with pytest.raises(Refused, match="used already"):
            await release(good)
        assert mill.phase == "stopped"


async def test_without_a_policy_nobody_is_let_in_and_no_page_is_believed_but_oops(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        mill.bus.latest.policy = None
        assert (await mill.badge("amina"))["reason"] == "no-policy"
        await mill.port.handlers["oops"](NoArguments())
        with pytest.raises(Refused, match="no policy"):
            await mill.ask("release")
        assert not mill.powered


async def test_two_persons_means_that_the_second_badge_helps_the_first(tmp_path: Path) -> None:
    rules = MachineRules(training=MILL, two_persons=True)
    async with running(tmp_path, known=policy(rules)) as mill:
        access = await mill.badge("amina")
        assert (access["granted"], access["reason"]) == (False, "second-person-needed")
        access = await mill.badge("bruno")
        assert (access["granted"], access["member"]) == (True, PEOPLE["amina"].id)
        await mill.until(lambda: mill.powered)
        assert mill.of("session-ended") == []


async def test_whoever_uses_it_counts_as_there(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        await begun(mill)
        mill.bus.latest.policy = policy(MachineRules(training=MILL, two_persons=True))
        assert (await mill.badge("bruno"))["granted"]
        assert mill.state("session")["member"] == PEOPLE["bruno"].id


async def test_a_supervisor_in_the_room_is_enough_while_there(tmp_path: Path) -> None:
    rules = MachineRules(training=MILL, supervised=True)
    async with running(tmp_path, known=policy(rules)) as mill:
        assert (await mill.badge("amina"))["reason"] == "supervisor-needed"
        mill.pass_door("elise")
        await mill.a_while(0.05)
        await begun(mill)
        await mill.badge("amina")
        mill.pass_door("elise", "out")
        await mill.a_while(0.05)
        assert (await mill.badge("amina"))["reason"] == "supervisor-needed"


async def test_whoever_waited_for_company_and_left_is_not_let_in_when_it_comes(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        await begun(mill)
        mill.bus.latest.policy = policy(MachineRules(training=MILL, supervised=True))
        assert (await mill.badge("amina"))["direction"] == "out"
        await mill.until(lambda: not mill.powered)
        await mill.badge("elise")
        await mill.a_while()
        assert not mill.powered


async def test_hours_and_maintenance_are_counted_and_kept(tmp_path: Path) -> None:
    plain = replace(OPTIONS, current=None, maintenance={"spindle": 0.1})
    async with running(tmp_path, plain) as mill:
        await begun(mill)
        await mill.a_while(1.0)
        await mill.badge("amina")
        await mill.until(lambda: not mill.powered)
        with pytest.raises(Refused, match="there is: spindle"):
            await mill.ask("maintained", detail="belt")
        await mill.ask("maintained", detail="spindle")
        assert mill.of("maintained") == [{"task": "spindle", "member": PEOPLE["denis"].id}]
    async with running(tmp_path, plain) as mill:
        await mill.until(lambda: mill.state("counters"))
        assert mill.state("counters") == {
            "hours": 0.0,
            "sessions": 1,
            "maintenance": [{"task": "spindle", "every_h": 0.1, "due_in_h": 0.1}],
        }


async def test_a_restart_ends_the_session_says_so_and_never_finds_the_relay_on(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        await begun(mill)
        world = mill.world
    assert not world.pin(RELAY).level
    async with running(tmp_path) as mill:
        await mill.until(lambda: mill.of("session-ended"))
        assert mill.of("session-ended") == [{"member": PEOPLE["amina"].id, "seconds": 0, "why": "restart"}]
        await mill.a_while()
        assert (mill.phase, mill.powered) == ("idle", False)


async def test_a_reload_waits_while_somebody_uses_it(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        assert mill.port.idle.is_set()
        await begun(mill)
        assert mill.port.busy_because == "somebody uses it"
        await mill.badge("bruno")
        assert not mill.port.idle.is_set()
        await mill.badge("bruno")
        assert mill.port.idle.is_set()


def keepers() -> list[int]:
    """The keepers that this process has started."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [int(pid) for pid in children]


@pytest.mark.alone
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_keeper_that_fails_ends_the_session_and_somebody_must_badge_in_again(
    tmp_path: Path, how: signal.Signals
) -> None:
    async with running(tmp_path) as mill:
        await begun(mill)
        (keeper,) = keepers()
        os.kill(keeper, how)
        since = time.monotonic()
        await mill.until(lambda: not mill.powered)
        assert time.monotonic() - since < OFF_WITHIN_S
        await mill.until(lambda: mill.of("session-ended"))
        assert mill.of("cut") == [{"why": owner.DIED}]
        assert mill.of("session-ended")[0]["why"] == "relay"
        await mill.until(lambda: keepers() and keepers() != [keeper])
        assert not mill.powered
        await mill.until(lambda: mill.state("power") is False)
        await mill.a_while(0.5)
        await begun(mill)


async def test_a_loop_that_stands_still_ends_the_session(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        await begun(mill)
        time.sleep(OFF_WITHIN_S)  # noqa: ASYNC251 - this is the loop that hangs
        assert not mill.powered
        await mill.until(lambda: mill.of("session-ended"))
        assert mill.of("cut") == [{"why": "silent"}]
        await mill.a_while()
        assert not mill.powered


async def test_a_line_that_another_program_holds_is_said_and_nothing_is_on(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    with world.pin(RELAY).held("another program"), pytest.raises(ExceptionGroup, match="unhandled") as failed:
        async with running(tmp_path, world=world):
            pass
    assert "another program" in str(failed.value.exceptions[0])
    assert CONSUMER not in str(failed.value.exceptions[0])


async def test_on_a_full_disk_it_works_and_remembers_that_it_was_stopped(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        world = World(tmp_path / "world")
        async with running(tmp_path / "disk", world=world):
            pass
        disk.fill()
        async with running(tmp_path / "disk", world=world) as mill:
            await begun(mill)
            await mill.until(lambda: "audit" in (mill.state("problems") or {}))
            mill.press()
            await mill.until(lambda: not mill.powered and mill.phase == "stopped")
            mill.press(False)
            await mill.a_while()
        async with running(tmp_path / "disk", world=world) as mill:
            assert mill.phase == "stopped"
            assert (await mill.badge("denis"))["granted"]
            assert mill.state("counters")["sessions"] == 1


async def test_a_disk_that_cannot_be_written_at_all_keeps_it_off(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        world = World(tmp_path / "world")
        async with running(tmp_path / "disk", world=world):
            pass
        disk.protect()
        try:
            with pytest.raises(OSError, match="memory cannot be written"):
                async with running(tmp_path / "disk", world=world):
                    pass
        finally:
            disk.unprotect()
        assert not world.pin(RELAY).level


async def test_a_release_that_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        async with running(tmp_path / "disk", world=World(tmp_path / "world")) as mill:
            mill.press()
            await mill.until(lambda: mill.phase == "stopped")
            mill.press(False)
            await mill.a_while()
            disk.protect()
            try:
                with pytest.raises(Refused, match="stays stopped"):
                    await mill.ask("release")
                assert mill.phase == "stopped"
            finally:
                disk.unprotect()


async def test_a_damaged_memory_stops_the_machine_until_somebody_has_looked(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        await begun(mill)
    memory = tmp_path / "state/devices" / MILL / "memory"
    memory.write_bytes(b"x" * memory.stat().st_size)
    async with running(tmp_path) as mill:
        assert mill.phase == "stopped"
        assert "maintainer" in mill.state("problems")["hours"]
        assert (await mill.badge("denis"))["granted"]
        assert mill.phase == "idle"


class MovedClock(Clock):
    """A wall clock that a test sets."""

    boot = "test"

    def __init__(self) -> None:
        self.moment = Moment(datetime.now(UTC))

    def now(self) -> Moment:
        return self.moment

    def correction(self) -> timedelta | None:
        return timedelta()


async def test_a_clock_that_jumps_or_is_in_1970_does_not_move_a_session(tmp_path: Path) -> None:
    clock = MovedClock()
    async with running(tmp_path, with_session(most=60.0, warning=5.0, grace=1.0), clock=clock) as mill:
        await begun(mill)
        for jump in (timedelta(days=400), timedelta(days=-400)):
            clock.moment = Moment(datetime.now(UTC) + jump)
            await mill.a_while()
        clock.moment = Moment(datetime.fromtimestamp(100, UTC), trusted=False)
        await mill.a_while()
        assert (mill.phase, mill.powered) == ("running", True)
        await mill.badge("amina")
        await mill.until(lambda: not mill.powered)


@contextmanager
def flooded(mill: PlayedOutside) -> Iterator[None]:
    """The journal takes no more events."""
    from devices.errors import Flooded

    def refuse(*_: Any) -> None:
        raise Flooded("too many events")

    whole = mill.bus.journal.record
    mill.bus.journal.record = refuse  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        mill.bus.journal.record = whole  # type: ignore[method-assign]


async def test_a_flood_of_events_keeps_no_machine_on(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        await begun(mill)
        with flooded(mill):
            mill.press()
            await mill.until(lambda: not mill.powered and mill.phase == "stopped")


async def test_its_log_says_who_was_let_in_and_not_how_long_somebody_worked(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        await begun(mill)
        await mill.badge("amina")
        await mill.port.handlers["oops"](NoArguments())
        await mill.ask("release")
    log = logged(tmp_path)
    for kind in ("access", "oops", "released"):
        assert f'"{kind}"' in log
    assert "session" not in log


def logged(folder: Path) -> str:
    """The text of the mill's log."""
    files = (folder / "state/devices" / MILL / "audit").rglob("*")
    return "".join(path.read_text() for path in files if path.is_file())


async def test_whoever_guesses_is_answered_ever_more_rarely_and_members_are_not(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        for number in range(50):
            mill.show(f"guess-{number}")
        await mill.until(lambda: "guessing" in mill.state("problems").get("badges", ""))
        assert (await mill.badge("amina"))["granted"]
        assert len(mill.of("access")) < 10


async def test_badges_that_the_reader_did_not_believe_are_in_the_log(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        for number in range(20):
            mill.bus.publish(READER, Event("refused", {"reason": "forged", "counter": number}, mill.port.now()))
        await mill.until(lambda: "badges" in mill.state("problems"))
    assert 1 <= logged(tmp_path).count("forged") < 10


async def test_orders_are_in_the_log_with_who_gave_them_and_refused_ones_a_few_times(tmp_path: Path) -> None:
    async with running(tmp_path) as mill:
        await mill.port.handlers["oops"](NoArguments())
        await mill.ask("release")
        forged = sign_permit(HUB, device=MILL, action="end", by="f" * 16, now=mill.port.now().utc)
        for number in range(20):
            with pytest.raises(Refused):
                await mill.port.handlers["end"](replace(forged, nonce=f"{number:032}"))
        assert "20 orders were refused" in mill.state("problems")["orders"]
    log = logged(tmp_path)
    assert f'"action":"release","by":"{PEOPLE["denis"].id}"' in log
    assert 1 <= log.count("order-refused") < 10


async def test_what_is_left_leaves_nothing_behind(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    board = SimulatedBoard(world, tmp_path / "state")
    async with running(tmp_path, world=world, board=board) as mill:
        await begun(mill)
    assert keepers() == []
    assert not world.pin(RELAY).level
    assert mill.state("power") is False
