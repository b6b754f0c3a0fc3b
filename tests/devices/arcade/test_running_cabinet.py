import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.arcade import attendant, running_cabinet, states
from devices.arcade.arguments import CreditArguments, SocdArguments
from devices.arcade.buttons import Button, Seen, Socd
from devices.arcade.coins import slot
from devices.arcade.games import games, retroarch
from devices.arcade.options import EmulationStationOptions, LampOptions, Pay, Profile, RetroArchOptions, Shows
from devices.arcade.scenery.retroarch import PlayedRetroArch, free_port
from devices.arcade.turns import hours
from devices.board.world import Fault
from devices.device import NoArguments
from devices.errors import StorageFull
from tests.devices.arcade.visit import Visit, coin_slot, options, visit
from tests.faults.small_disk import small_disk
from tests.waiting import until

SOUTH, KEY_LEFT_CTRL = 0x130, 29
"""BTN_SOUTH and KEY_LEFTCTRL of <linux/input-event-codes.h>."""


@pytest.fixture(autouse=True)
def what_fails_is_tried_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_cabinet, "TRY_AGAIN_S", 0.1)
    monkeypatch.setattr(games, "LOOK_EVERY_S", 0.1)
    monkeypatch.setattr(retroarch, "ANSWER_WITHIN_S", 0.05)


class Breakable(PlayedRetroArch):
    def __init__(self, port: int, states: Path) -> None:
        super().__init__(port, states, lambda: self.fault)
        self.fault: Fault | None = None


@asynccontextmanager
async def played(states: Path) -> AsyncIterator[Breakable]:
    emulator = Breakable(free_port(45455), states)
    running = asyncio.create_task(emulator.run(), name="RetroArch")
    try:
        await emulator.listening.wait()
        yield emulator
    finally:
        running.cancel()
        await asyncio.wait([running])


async def begins_to_play(person: Visit, player: int = 1) -> None:
    await person.press(player, Button.START)
    await person.until("turn", phase="playing")


async def test_a_cabinet_with_nothing_but_switches_is_played_and_has_no_problems(tmp_path: Path) -> None:
    async with visit(tmp_path, options(players=1)) as person:
        await begins_to_play(person)
        await person.press(1, Button.SOUTH)
        await until(lambda: person.game(1).presses[SOUTH] == 1)
        assert person.state("problems") == {}
        assert person.state("game") is None


async def test_four_players_join_one_after_the_other_and_each_has_a_gamepad(tmp_path: Path) -> None:
    async with visit(tmp_path, options(players=4)) as person:
        await begins_to_play(person)
        for player in (2, 3, 4):
            await person.press(player, Button.START)
            await person.until("turn", players=player)
        for player in (1, 2, 3, 4):
            await person.press(player, Button.SOUTH)
        await until(lambda: all(person.game(player).presses[SOUTH] for player in (1, 2, 3, 4)))
        assert [person.game(player).presses[SOUTH] for player in (1, 2, 3, 4)] == [1, 1, 1, 1]


async def test_a_game_that_wants_keys_gets_them_and_gamepads_come_back_with_the_next(tmp_path: Path) -> None:
    profiles = {"default": Profile(), "keys": Profile(seen=Seen.KEYBOARD, games=("pacman*",))}
    async with played(tmp_path / "states") as emulator:
        wanted = options(profiles=profiles, retroarch=RetroArchOptions(port=emulator.port))
        async with visit(tmp_path, wanted) as person:
            keyboard = person.world.game_input("ALCOLAB Keyboard")
            await begins_to_play(person)
            emulator.start("Pacman 2", "arcade")
            await person.until("controls", profile="keys", seen="keyboard")
            await person.press(1, Button.SOUTH)
            await until(lambda: keyboard.presses[KEY_LEFT_CTRL] == 1)
            assert not person.game(1).presses[SOUTH]
            emulator.start("Nova", "nes")
            await person.until("controls", profile="default", seen="gamepad")
            await person.press(1, Button.SOUTH)
            await until(lambda: person.game(1).presses[SOUTH] == 1)
            assert keyboard.presses[KEY_LEFT_CTRL] == 1


async def test_an_emulator_that_hangs_for_a_while_is_a_problem_and_its_game_goes_on(tmp_path: Path) -> None:
    profiles = {"default": Profile(), "fighting": Profile(games=("fight",))}
    async with played(tmp_path / "states") as emulator:
        wanted = options(profiles=profiles, retroarch=RetroArchOptions(port=emulator.port))
        async with visit(tmp_path, wanted) as person:
            emulator.start("fight", "arcade")
            await person.until("controls", profile="fighting")
            await begins_to_play(person)
            await person.port.ask("end-turn", NoArguments())
            emulator.fault = Fault.HANG
            await until(lambda: "games" in person.state("problems"))
            assert person.state("controls")["profile"] == "fighting"
            assert person.state("turn")["phase"] == "grace"
            emulator.fault = None
            await until(lambda: not person.state("problems"))
            emulator.close()
            await person.until("turn", phase="free")


async def test_the_port_of_the_scripts_is_tried_again_until_it_is_free(tmp_path: Path) -> None:
    station = EmulationStationOptions(events=free_port(45555))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as another:
        another.bind(("127.0.0.1", station.events))
        async with visit(tmp_path, options(emulationstation=station)) as person:
            await until(lambda: "games" in person.state("problems"))
            await begins_to_play(person)
            another.close()
            await until(lambda: not person.state("problems"))


async def test_what_a_turn_owed_before_a_restart_is_done_after_it(tmp_path: Path) -> None:
    async with played(tmp_path / "states") as emulator:
        wanted = options(retroarch=RetroArchOptions(port=emulator.port))
        emulator.start("Nova", "nes")
        async with visit(tmp_path, wanted) as person:
            await begins_to_play(person)
            await person.until("game", name="Nova")
            for _ in range(2):
                await person.port.ask("end-turn", NoArguments())
            # … and is stopped before the game is saved
        assert emulator.game == "Nova"
        async with visit(tmp_path, wanted) as person:
            await until(lambda: emulator.game is None)
            assert (tmp_path / "states" / "Nova.state").exists()


@pytest.mark.parametrize("trouble", ["full", "read-only"])
async def test_on_a_disk_that_cannot_be_written_people_pay_play_and_queue_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(slot, "SAVE_AGAIN_S", 0.1)
    monkeypatch.setattr(attendant, "TRY_AGAIN_S", 0.1)
    monkeypatch.setattr(states, "SAY_TIME_EVERY_S", 0.2)
    monkeypatch.setattr(hours, "LOOK_AGAIN_S", 0.2)
    wanted = options(Pay.COINS, coins=coin_slot())
    with small_disk(tmp_path / "state", "1m") as disk:
        async with visit(tmp_path, wanted):
            pass  # a cabinet that has worked before
        disk.fill() if trouble == "full" else disk.protect()
        async with visit(tmp_path, wanted) as person:
            await person.port.ask("credit", CreditArguments(credits=2))
            assert person.state("credits") == 2
            await begins_to_play(person)
            await until(lambda: person.state("credits") == 0)
            await person.port.ask("join", NoArguments())
            await person.press(1, Button.SOUTH)
            await until(lambda: person.game(1).presses[SOUTH] == 1)
            with pytest.raises(StorageFull):
                await person.port.ask("socd", SocdArguments(profile="default", socd=Socd.LAST_WINS))
            assert {"coin slot", "memory of turns"} <= person.state("problems").keys()
            disk.free() if trouble == "full" else disk.unprotect()
            await until(lambda: not person.state("problems"))
            turn = person.state("turn")
        async with visit(tmp_path, wanted) as person:
            assert person.state("turn").items() >= {"phase": turn["phase"], "ticket": turn["ticket"]}.items()
            assert person.state("credits") == 0
            assert len(person.state("queue")) == 1


@pytest.mark.parametrize("file", ["coins.sqlite", "sessions.sqlite", "turns.json", "profiles.json", "switches.json"])
@pytest.mark.parametrize("content", [b"", b"\xff\x00 torn", b"[1, 2]", b'{"version": 99}'])
async def test_a_file_that_a_power_cut_has_damaged_is_set_aside_and_people_play(
    tmp_path: Path, file: str, content: bytes
) -> None:
    folder = tmp_path / "state" / "devices" / "cabinet"
    folder.mkdir(parents=True)
    (folder / file).write_bytes(content)
    async with visit(tmp_path, options(Pay.COINS, coins=coin_slot())) as person:
        await person.port.ask("credit", CreditArguments(credits=1))
        await begins_to_play(person)
        await until(lambda: person.state("credits") == 0)
        assert person.state("statistics")["week"]["sessions"] == 0
    if content or file.endswith(".json"):
        assert [path.name for path in folder.iterdir() if "damaged" in path.name]


async def test_a_lamp_that_is_not_there_is_named_and_the_others_shine(tmp_path: Path) -> None:
    lamps = (LampOptions(line="GPIO99", shows=Shows.COIN), LampOptions(line="GPIO18", shows=Shows.MARQUEE))
    async with visit(tmp_path, options(lamps=lamps)) as person:
        assert "GPIO99" in person.state("problems")["lamp GPIO99"]
        await until(lambda: person.world.pin("GPIO18").level)
