"""The desk of a device: each command checked, run once, answered within its deadline."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import pytest

from devices.board.clock import Clock, Moment
from devices.device import Action, Command, Handler, Json, NoArguments, Reply
from devices.errors import NoReply, Refused
from devices.options import STRICT, Within
from hub import commands
from hub.bus import Bus, UnkeptJournal
from hub.commands import CommandDesk
from hub.port import DevicePort


class HandClock(Clock):
    """Shows what it is told."""

    boot = "boot"

    def __init__(self, *, trusted: bool = True) -> None:
        self.ahead = timedelta()
        self.trusted = trusted

    def now(self) -> Moment:
        return Moment(datetime.now(UTC) + self.ahead, self.trusted)

    def correction(self) -> timedelta | None:
        return timedelta() if self.trusted else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    __pydantic_config__ = STRICT
    litres: Annotated[float, Within(over=0, most=10)]


ACTIONS = (Action("open", "Opens.", NoArguments), Action("water", "Waters.", Volume))


async def done(_: object) -> Mapping[str, Json]:
    return {"opened": True}


def desk(handler: Handler = done, *, clock: Clock | None = None) -> CommandDesk:
    clock = clock or HandClock()
    port = DevicePort("door", Bus(UnkeptJournal()), clock)
    port.serve("open", handler)
    port.serve("water", handler)
    return CommandDesk(ACTIONS, port, clock)


def command(
    action: str = "open",
    arguments: Mapping[str, Json] | None = None,
    *,
    id: str = "1",  # noqa: A002 - its name
    within_s: float = 5.0,
) -> Command:
    expires = Moment(datetime.now(UTC) + timedelta(seconds=within_s))
    return Command("door", action, arguments or {}, id, expires)


async def test_a_command_is_carried_out_and_answered() -> None:
    assert await desk().ask(command()) == Reply(ok=True, data={"opened": True})


async def test_its_arguments_arrive_validated() -> None:
    got: list[object] = []

    async def water(arguments: object) -> Mapping[str, Json]:
        got.append(arguments)
        return {}

    assert (await desk(water).ask(command("water", {"litres": 2}))).ok
    assert got == [Volume(litres=2.0)]


@pytest.mark.parametrize(
    ("action", "arguments", "said"),
    [
        ("fly", {}, "unknown action 'fly'; door knows: open, water"),
        ("open", {"wide": True}, "wide"),
        ("water", {}, "litres"),
        ("water", {"litres": 50}, "litres"),
        ("water", {"litres": "much"}, "litres"),
    ],
)
async def test_what_makes_no_sense_is_refused_in_words(action: str, arguments: dict[str, Json], said: str) -> None:
    reply = await desk().ask(command(action, arguments))
    assert not reply.ok
    assert said in str(reply.error)


async def test_what_comes_too_late_is_refused_with_both_times() -> None:
    assert "expired at" in str((await desk().ask(command(within_s=-1))).error)


async def test_a_repeated_id_gets_the_same_reply_and_never_a_second_run() -> None:
    runs = 0

    async def count(_: object) -> Mapping[str, Json]:
        nonlocal runs
        runs += 1
        await asyncio.sleep(0.01)
        return {"run": runs}

    counting = desk(count)
    together = await asyncio.gather(*(counting.ask(command()) for _ in range(5)))
    later = await counting.ask(command())
    assert {str(reply) for reply in [*together, later]} == {str(Reply(ok=True, data={"run": 1}))}
    assert runs == 1


async def test_what_still_runs_is_not_forgotten_however_many_others_come() -> None:
    runs, free = 0, asyncio.Event()

    async def wait(_: object) -> Mapping[str, Json]:
        nonlocal runs
        runs += 1
        await free.wait()
        return {}

    waiting = desk(wait)
    first = asyncio.create_task(waiting.ask(command(id="first")))
    await asyncio.sleep(0)
    for n in range(commands.REMEMBERED + 10):
        await waiting.ask(command("fly", id=f"other-{n}"))
    second = asyncio.create_task(waiting.ask(command(id="first")))
    await asyncio.sleep(0)
    free.set()
    assert (await first, await second) == (Reply(ok=True), Reply(ok=True))
    assert runs == 1
    assert len(waiting._replies) <= commands.REMEMBERED + 1


async def test_the_answer_comes_before_the_deadline_even_if_the_work_does_not_end() -> None:
    async def hang(_: object) -> Mapping[str, Json]:
        await asyncio.Event().wait()
        return {}

    started = time.monotonic()
    reply = await desk(hang).ask(command(within_s=0.5))
    assert time.monotonic() - started < 0.5
    assert "not done before" in str(reply.error)


async def test_who_gives_up_waiting_does_not_stop_the_work() -> None:
    finished = asyncio.Event()

    async def slow(_: object) -> Mapping[str, Json]:
        await asyncio.sleep(0.05)
        finished.set()
        return {}

    asking = asyncio.create_task(desk(slow).ask(command()))
    await asyncio.sleep(0.01)
    asking.cancel()
    await asyncio.wait_for(finished.wait(), 1.0)


@pytest.mark.parametrize("error", [Refused("the gate is locked"), NoReply("the gate is silent")])
async def test_a_refusal_says_why_in_the_devices_words(error: Exception) -> None:
    async def refuse(_: object) -> Mapping[str, Json]:
        raise error

    assert await desk(refuse).ask(command()) == Reply(ok=False, error=str(error))


async def test_a_mistake_in_a_device_is_answered_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def stumble(_: object) -> Mapping[str, Json]:
        raise ZeroDivisionError

    reply = await desk(stumble).ask(command())
    assert reply == Reply(ok=False, error="door failed at open; its log says why")
    assert "ZeroDivisionError" in caplog.text


async def test_a_device_that_does_not_run_is_offline() -> None:
    clock = HandClock()
    silent = CommandDesk(ACTIONS, DevicePort("door", Bus(UnkeptJournal()), clock), clock)
    assert "offline" in str((await silent.ask(command())).error)


async def test_more_than_a_device_can_do_at_once_is_refused() -> None:
    free = asyncio.Event()

    async def wait(_: object) -> Mapping[str, Json]:
        await free.wait()
        return {}

    waiting = desk(wait)
    asked = [asyncio.create_task(waiting.ask(command(id=str(n)))) for n in range(commands.AT_ONCE)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert "busy" in str((await waiting.ask(command(id="one-more"))).error)
    free.set()
    assert all(reply.ok for reply in await asyncio.gather(*asked))


async def test_without_a_trusted_clock_no_command_may_claim_to_live_for_long() -> None:
    lost = HandClock(trusted=False)
    lost.ahead = -timedelta(days=365)
    assert "expired" in str((await desk(clock=lost).ask(command())).error)
    assert (await desk(clock=HandClock(trusted=False)).ask(command())).ok
