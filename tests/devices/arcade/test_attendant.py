import asyncio
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from devices.arcade.arguments import CreditArguments
from devices.arcade.buttons import Button
from devices.arcade.options import Pay
from devices.arcade.turns import hours
from devices.device import NoArguments
from devices.errors import Refused
from devices.opening_hours import Hours
from tests.devices.arcade.moved_clock import MovedClock
from tests.devices.arcade.visit import Visit, options, visit

AFTERNOON = (Hours(since=time(14), until=time(18, 30)),)
FOUR_O_CLOCK = datetime(2026, 6, 3, 14, 0, tzinfo=UTC)
"""In Amiens, on a Wednesday in summer."""
ALMOST_CLOSED = datetime(2026, 6, 3, 16, 29, 58, 500_000, tzinfo=UTC)


@pytest.fixture(autouse=True)
def looks_at_the_clock_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hours, "LOOK_AGAIN_S", 0.2)


async def begins_to_play(person: Visit) -> None:
    await person.press(1, Button.START)
    await person.until("turn", phase="playing")


async def test_closing_time_ends_a_turn_with_grace_and_sends_the_queue_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hours, "LOOK_AGAIN_S", 60.0)  # it knows when to look
    async with visit(tmp_path, options(opening=AFTERNOON), clock=MovedClock(ALMOST_CLOSED)) as person:
        await begins_to_play(person)
        await person.port.ask("join", NoArguments())
        await person.until("turn", phase="grace")
        assert person.state("queue") == ()
        assert person.state("hours")["open"] is False
        await person.port.ask("end-turn", NoArguments())
        await person.until("turn", phase="closed", players=0)
        await person.until("message", kind="closed")
        await person.press(1, Button.START)
        assert person.state("turn")["phase"] == "closed"
        with pytest.raises(Refused, match="closed"):
            await person.port.ask("join", NoArguments())


async def test_whoever_hammers_on_the_buttons_does_not_keep_the_house_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hours, "LOOK_AGAIN_S", 60.0)
    async with visit(tmp_path, options(opening=AFTERNOON), clock=MovedClock(ALMOST_CLOSED)) as person:
        await begins_to_play(person)
        for _ in range(100):
            await person.press(1, Button.SOUTH)
            if person.state("turn")["phase"] == "grace":
                break
        assert person.state("turn")["phase"] == "grace"


@pytest.mark.parametrize("days", [-4000, 4000])
async def test_a_clock_that_jumps_by_years_takes_and_gives_nobody_any_time(tmp_path: Path, days: int) -> None:
    clock = MovedClock(FOUR_O_CLOCK)
    async with visit(tmp_path, options(Pay.COINS), clock=clock) as person:
        await person.port.ask("credit", CreditArguments(credits=1))
        await begins_to_play(person)
        before = person.state("hours")
        clock.jump(timedelta(days=days))
        await asyncio.sleep(0.5)  # it looks at the clock
        await person.port.ask("join", NoArguments())
        assert 290 <= person.state("turn")["remaining_s"] <= 300
        assert person.state("turn")["phase"] == "playing"
        assert person.state("hours") == before


async def test_a_clock_that_jumps_past_closing_time_closes_and_one_that_jumps_back_opens_again(tmp_path: Path) -> None:
    clock = MovedClock(FOUR_O_CLOCK)
    async with visit(tmp_path, options(opening=AFTERNOON), clock=clock) as person:
        await begins_to_play(person)
        clock.jump(timedelta(hours=6))
        await person.until("turn", phase="grace")
        clock.jump(timedelta(hours=-6))
        await person.until("hours", open=True)
        await person.port.ask("end-turn", NoArguments())
        await person.until("turn", phase="free")


async def test_without_a_trusted_clock_it_is_open_and_quiet_and_says_why(tmp_path: Path) -> None:
    clock = MovedClock(datetime(1970, 1, 1, 3, tzinfo=UTC), trusted=False)
    quiet = (Hours(since=time(20), until=time(10)),)
    async with visit(tmp_path, options(opening=AFTERNOON, quiet=quiet), clock=clock) as person:
        assert person.state("hours") == {"open": True, "quiet": True, "next": None, "clock": "untrusted"}
        await begins_to_play(person)
        clock.set(FOUR_O_CLOCK)
        clock.trusted = True
        await person.until("hours", open=True, quiet=False, next="18:30", clock="trusted")
        assert person.state("turn")["phase"] == "playing"
        assert person.state("message")["kind"] == "play"


async def test_statistics_are_said_anew_on_a_new_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.arcade.turns.statistics.SHORTEST_S", 0.0)
    clock = MovedClock(FOUR_O_CLOCK)
    async with visit(tmp_path, options(), clock=clock) as person:
        await begins_to_play(person)
        for _ in range(2):
            await person.port.ask("end-turn", NoArguments())
        await person.port.until(lambda: person.state("statistics")["week"]["sessions"] == 1)
        clock.jump(timedelta(days=5))
        await person.port.until(lambda: person.state("statistics")["week"]["sessions"] == 0)
        assert person.state("statistics")["month"]["sessions"] == 1
