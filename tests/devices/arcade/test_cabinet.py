import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest

from devices.arcade.arguments import CreditArguments, LeaveArguments, RemapArguments
from devices.arcade.buttons import Button, Shortcut
from devices.arcade.options import LampOptions, Pay, RetroArchOptions, Shift, Shows
from devices.arcade.scenery.retroarch import PlayedRetroArch, free_port
from devices.device import Json, NoArguments
from devices.errors import Refused
from tests.devices.arcade.visit import COIN, INHIBIT, READER, Visit, coin_slot, options, visit
from tests.waiting import until

SOUTH, SELECT = 0x130, 0x13A
"""BTN_SOUTH and BTN_SELECT of <linux/input-event-codes.h>."""


async def begins_to_play(person: Visit) -> None:
    await person.press(1, Button.START)
    await person.until("turn", phase="playing")


async def test_whoever_presses_a_switch_at_a_free_cabinet_plays_and_the_game_hears_it(tmp_path: Path) -> None:
    async with visit(tmp_path, options()) as person:
        assert person.state("turn")["phase"] == "free"
        await begins_to_play(person)
        await person.press(1, Button.SOUTH)
        await until(lambda: person.game(1).presses[SOUTH] == 1)
        assert not person.game(1).pressed


async def test_while_it_is_nobodys_turn_no_press_reaches_the_game(tmp_path: Path) -> None:
    async with visit(tmp_path, options(Pay.COINS, coins=coin_slot())) as person:
        await person.press(1, Button.SOUTH)
        await person.until("message", kind="insert-coin")
        assert person.state("turn")["phase"] == "free"
        assert not person.game(1).presses


async def test_a_coin_is_told_and_pays_a_turn_and_the_game_gets_it_too(tmp_path: Path) -> None:
    async with visit(tmp_path, options(Pay.COINS, coins=coin_slot())) as person:
        await person.insert_coin()
        assert (await person.event("coin")).data == {"credits": 1}
        await until(lambda: person.state("credits") == 1)
        await until(lambda: person.game(1).presses[SELECT] == 1)
        await begins_to_play(person)
        await until(lambda: person.state("credits") == 0)


async def test_the_slot_gives_coins_back_when_nobody_wants_them(tmp_path: Path) -> None:
    async with visit(tmp_path, options(Pay.COINS, coins=coin_slot())) as person:
        await until(lambda: not person.world.pin(INHIBIT).level)
    async with visit(tmp_path, options(Pay.FREE, coins=coin_slot())) as person:
        await until(lambda: person.world.pin(INHIBIT).level)


async def test_a_slot_whose_line_is_taken_is_a_problem_and_the_rest_plays_on(tmp_path: Path) -> None:
    taken = replace(coin_slot(), line="GPIO99")
    async with visit(tmp_path, options(coins=taken)) as person:
        problems = await person.port.until(lambda: person.state("problems"))
        assert "GPIO99" in problems["coin slot"]
        await begins_to_play(person)


async def test_a_coin_that_is_stuck_is_shown_and_reported(tmp_path: Path) -> None:
    async with visit(tmp_path, options(Pay.COINS, coins=coin_slot())) as person:
        await until(lambda: not person.world.pin(INHIBIT).level)
        person.world.pin(COIN).drive(False)
        assert (await person.event("alarm")).data["what"] == "coin slot"
        await person.until("message", kind="slot-stuck")
        person.world.pin(COIN).drive(True)
        await person.until("message", kind="insert-coin")


async def test_those_who_queue_up_get_an_animal_and_are_called(tmp_path: Path) -> None:
    async with visit(tmp_path, options()) as person:
        await begins_to_play(person)
        first = (await person.port.ask("join", NoArguments()))["ticket"]
        second = (await person.port.ask("join", NoArguments()))["ticket"]
        await until(lambda: [place["ticket"] for place in person.state("queue")] == [first, second])
        await person.port.ask("leave", LeaveArguments(ticket=str(second)))
        await until(lambda: [place["ticket"] for place in person.state("queue")] == [first])
        with pytest.raises(Refused):
            await person.port.ask("leave", LeaveArguments(ticket=str(second)))
        await person.port.ask("end-turn", NoArguments())
        await person.port.ask("end-turn", NoArguments())
        await person.until("turn", phase="calling", ticket=first)
        await person.until("message", kind="call", ticket=first)


async def test_at_the_end_the_game_is_saved_and_closed_and_the_session_reported(tmp_path: Path) -> None:
    port = free_port(45355)
    async with visit(tmp_path, options(retroarch=RetroArchOptions(port=port))) as person:
        retroarch = PlayedRetroArch(port, tmp_path / "states")
        playing = asyncio.create_task(retroarch.run(), name="RetroArch")
        try:
            await retroarch.listening.wait()
            retroarch.start("Nova", "nes")
            await person.until("game", name="Nova", system="nes")
            await begins_to_play(person)
            await person.port.ask("end-turn", NoArguments())
            await until(lambda: any("Time is up" in message for message in retroarch.messages))
            await person.port.ask("end-turn", NoArguments())
            await person.until("message", kind="saved")
            assert retroarch.game is None
            assert [state.name for state in (tmp_path / "states").iterdir()] == ["Nova.state"]
            session = await person.event("session")
            assert {"players": 1, "paid": "free", "game": "Nova"}.items() <= session.data.items()
            await person.until("message", kind="welcome")  # not for ever
        finally:
            playing.cancel()
            await asyncio.wait([playing])


async def test_a_second_player_joins_with_start_and_is_heard_from_then_on(tmp_path: Path) -> None:
    async with visit(tmp_path, options()) as person:
        await begins_to_play(person)
        await person.press(2, Button.SOUTH)
        assert not person.game(2).presses
        await person.press(2, Button.START)
        await person.until("turn", players=2)
        await person.press(2, Button.SOUTH)
        await until(lambda: person.game(2).presses[SOUTH] == 1)


async def test_a_turn_goes_on_after_a_restart_and_is_not_paid_twice(tmp_path: Path) -> None:
    wanted = options(Pay.COINS, coins=coin_slot())
    async with visit(tmp_path, wanted) as person:
        await person.port.ask("credit", CreditArguments(credits=3))
        waiting, queued = [(await person.port.ask("join", NoArguments()))["ticket"] for _ in range(2)]
        await begins_to_play(person)
        await until(lambda: person.state("credits") == 2)
    async with visit(tmp_path, wanted) as person:
        turn = await person.until("turn", phase="playing", ticket=waiting)
        assert 240 <= turn["remaining_s"] <= 300
        assert [place["ticket"] for place in person.state("queue")] == [queued]
        assert person.state("credits") == 2
        await person.press(1, Button.SOUTH)
        await until(lambda: person.game(1).presses[SOUTH] == 1)


async def test_what_is_held_when_the_turn_ends_is_released_for_the_game(tmp_path: Path) -> None:
    async with visit(tmp_path, options()) as person:
        await begins_to_play(person)
        person.hold(1, Button.SOUTH)
        await until(lambda: SOUTH in person.game(1).pressed)
        await person.port.ask("end-turn", NoArguments())
        await person.port.ask("end-turn", NoArguments())
        await until(lambda: not person.game(1).pressed)


async def test_a_remapped_switch_is_another_button_for_the_game(tmp_path: Path) -> None:
    async with visit(tmp_path, options()) as person:
        await person.port.ask("remap", RemapArguments(profile="default", button=Button.DOWN, to=Button.SELECT))
        assert person.state("controls")["remap"] == {"down": "select"}
        await begins_to_play(person)
        await person.press(1, Button.DOWN)
        await until(lambda: person.game(1).presses[SELECT] == 1)


async def test_a_switch_is_shown_to_whoever_watches(tmp_path: Path) -> None:
    async with visit(tmp_path, options()) as person:
        await person.port.ask("watch", NoArguments())
        person.hold(1, Button.UP)
        await until(lambda: "up" in (person.state("pressed") or {}).get("1", ()))
        person.let_go(1, Button.UP)
        await until(lambda: person.state("switches")["1"]["up"]["presses"] == 1)


async def test_lamps_follow_presses_and_are_dark_when_the_cabinet_stops(tmp_path: Path) -> None:
    lamp = LampOptions(line="GPIO18", shows=Shows.BUTTON, player=1, button=Button.SOUTH)
    async with visit(tmp_path, options(lamps=(lamp,))) as person:
        await begins_to_play(person)
        person.hold(1, Button.SOUTH)
        await until(lambda: person.world.pin("GPIO18").level)
        world = person.world
    assert not world.pin("GPIO18").level


async def test_a_shortcut_ends_the_game_that_runs(tmp_path: Path) -> None:
    port = free_port(45355)
    shift = Shift(switch=Button.START, buttons={Button.SOUTH: Shortcut.EXIT})
    async with visit(tmp_path, options(retroarch=RetroArchOptions(port=port), shift=shift)) as person:
        retroarch = PlayedRetroArch(port, tmp_path / "states")
        playing = asyncio.create_task(retroarch.run(), name="RetroArch")
        try:
            await retroarch.listening.wait()
            retroarch.start("Nova", "nes")
            await person.until("game", name="Nova")
            await begins_to_play(person)
            person.hold(1, Button.START)
            await asyncio.sleep(0.03)
            await person.press(1, Button.SOUTH)
            person.let_go(1, Button.START)
            await until(lambda: retroarch.game is None)
        finally:
            playing.cancel()
            await asyncio.wait([playing])


async def test_a_badge_begins_a_turn_and_during_one_it_queues_up(tmp_path: Path) -> None:
    async with visit(tmp_path, options(Pay.BADGE, badges=READER)) as person:
        await person.press(1, Button.START)
        await person.until("message", kind="show-badge")
        person.show_badge(credential="5f1d", strength="uid")
        await person.until("turn", phase="playing", pay="badge")
        await person.press(1, Button.SOUTH)
        await until(lambda: person.game(1).presses[SOUTH] == 1)
        person.show_badge(credential="77aa", strength="uid")
        message = await person.until("message", kind="ticket")
        assert [place["ticket"] for place in person.state("queue")] == [message["ticket"]]
        for _ in range(2):
            await person.port.ask("end-turn", NoArguments())
        await person.until("turn", phase="calling", ticket=message["ticket"])
        person.show_badge(credential="77aa", strength="uid")
        await person.until("turn", phase="playing", ticket=message["ticket"])
        assert not {"5f1d", "77aa"} & set(re.findall(r"\w+", f"{person.port.states} {person.port.events}"))


@pytest.mark.parametrize("data", [{}, {"credential": None}, {"credential": 7}, {"credential": ["5f1d"]}, {"x": "5f1d"}])
async def test_what_a_broken_reader_says_begins_no_turn_and_harms_nobody(tmp_path: Path, data: dict[str, Json]) -> None:
    async with visit(tmp_path, options(Pay.BADGE, badges=READER)) as person:
        person.show_badge(**data)
        await until(person.port.badges.empty)
        assert person.state("turn")["phase"] == "free"
        person.show_badge(credential="5f1d")
        await person.until("turn", phase="playing")
