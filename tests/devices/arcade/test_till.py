import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from devices.arcade import running_cabinet, till
from devices.arcade.arguments import CreditArguments
from devices.arcade.buttons import Button
from devices.arcade.coins.ledger import Ledger
from devices.arcade.coins.slot import CoinRejected, SlotAlarm, SlotEvent
from devices.arcade.options import CoinSlotOptions, Pay, RetroArchOptions
from devices.arcade.scenery.retroarch import PlayedRetroArch, free_port
from devices.arcade.turns import hours
from devices.board.board import Board
from devices.errors import DeviceOffline
from devices.opening_hours import Hours
from tests.devices.arcade.moved_clock import MovedClock
from tests.devices.arcade.visit import INHIBIT, coin_slot, options, visit
from tests.waiting import until

SELECT = 0x13A
"""BTN_SELECT of <linux/input-event-codes.h>."""


@pytest.fixture(autouse=True)
def what_fails_is_tried_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_cabinet, "TRY_AGAIN_S", 0.05)


def slot_that_tells(monkeypatch: pytest.MonkeyPatch, *lives: Sequence[SlotEvent | Exception]) -> None:
    """Each time that the slot is opened it has one of these lives, the last one for ever."""
    left = list(lives)

    class Slot:
        def __init__(self, life: Sequence[SlotEvent | Exception]) -> None:
            self._life = life

        def accept(self, accepting: bool) -> None:
            pass

        async def __aiter__(self) -> AsyncIterator[SlotEvent]:
            for event in self._life:
                if isinstance(event, Exception):
                    raise event
                yield event
            await asyncio.Event().wait()

    @asynccontextmanager
    async def opened(board: Board, options: CoinSlotOptions, ledger: Ledger) -> AsyncIterator[Slot]:  # noqa: ARG001 - as coin_slot
        yield Slot(left.pop(0) if len(left) > 1 else left[0])

    monkeypatch.setattr(till, "coin_slot", opened)


async def test_a_slot_that_works_again_is_shown_no_more_as_stuck(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot_that_tells(monkeypatch, [SlotAlarm("a coin is stuck"), DeviceOffline("the GPIO chip has gone")], [])
    async with visit(tmp_path, options(Pay.COINS, coins=coin_slot())) as person:
        assert (await person.event("alarm")).data == {"what": "coin slot", "why": "a coin is stuck"}
        await person.until("message", kind="insert-coin")
        await until(lambda: not person.state("problems"))


async def test_a_slot_that_rejects_all_evening_is_reported_once_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot_that_tells(monkeypatch, [CoinRejected(f"button {number}") for number in range(20)])
    async with visit(tmp_path, options(Pay.COINS, coins=coin_slot())) as person:
        assert "button 0" in str((await person.event("alarm")).data["why"])
        await asyncio.sleep(0.1)
        assert len(person.port.events) == 1


async def test_a_coin_that_falls_just_after_the_house_has_closed_counts_for_another_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hours, "LOOK_AGAIN_S", 0.1)
    clock = MovedClock(datetime(2026, 6, 3, 14, 0, tzinfo=UTC))
    opening = (Hours(since=time(14), until=time(18, 30)),)
    async with visit(tmp_path, options(Pay.COINS, coins=coin_slot(), opening=opening), clock=clock) as person:
        await until(lambda: not person.world.pin(INHIBIT).level)
        clock.jump(timedelta(hours=5))
        await until(lambda: person.world.pin(INHIBIT).level)
        await person.coin_falls()
        await until(lambda: person.state("credits") == 1)
        assert person.state("turn")["phase"] == "closed"


async def test_coins_wait_for_a_game_and_come_to_it_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.arcade.games.games.LOOK_EVERY_S", 0.1)
    retroarch = PlayedRetroArch(free_port(45655), tmp_path / "states")
    running = asyncio.create_task(retroarch.run(), name="RetroArch")
    try:
        await retroarch.listening.wait()
        wanted = options(Pay.COINS, coins=coin_slot(), retroarch=RetroArchOptions(port=retroarch.port))
        async with visit(tmp_path, wanted) as person:
            for credits in (1, 2):  # noqa: A001 - the word of the trade
                await person.insert_coin()
                await until(lambda: person.state("credits") == credits)  # noqa: B023 - awaited here
            assert not person.game(1).presses
            retroarch.start("Nova", "nes")
            await until(lambda: person.game(1).presses[SELECT] == 2)
            await person.press(1, Button.START)
            await person.until("turn", phase="playing")
            await person.port.ask("credit", CreditArguments(credits=1))
            await asyncio.sleep(0.3)
            assert person.game(1).presses[SELECT] == 2  # a technician gives time, and no coin
    finally:
        running.cancel()
        await asyncio.wait([running])
