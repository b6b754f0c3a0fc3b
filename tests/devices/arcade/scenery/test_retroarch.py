"""The played RetroArch has the manners of the real one."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from devices.arcade.games.game import Game
from devices.arcade.games.retroarch import Condition, RetroArch, Status
from devices.arcade.scenery.retroarch import PlayedRetroArch
from devices.board.blocking import BlockingCalls
from devices.board.world import Fault
from devices.errors import BadFrame, LineBusy, NoReply
from tests.devices.arcade.games.real_retroarch import find_core, real_retroarch
from tests.waiting import until

GAME = Game("Tobu Tobu Girl", "game_boy")


@dataclass
class Broken:
    fault: Fault | None = None

    def __call__(self) -> Fault | None:
        return self.fault


@dataclass
class Playing:
    played: PlayedRetroArch
    ours: RetroArch
    broken: Broken = field(default_factory=Broken)


@asynccontextmanager
async def playing(folder: Path) -> AsyncIterator[Playing]:
    broken = Broken()
    played = PlayedRetroArch(0, folder / "states", broken)
    running = asyncio.create_task(played.run())
    await asyncio.wait_for(played.listening.wait(), 5)
    yield Playing(played, RetroArch(played.port, BlockingCalls()), broken)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_it_says_what_it_plays(tmp_path: Path) -> None:
    async with playing(tmp_path) as here:
        assert await here.ours.status() == Status(Condition.CONTENTLESS)
        here.played.start(GAME.name, GAME.system)
        assert await here.ours.status() == Status(Condition.PLAYING, GAME)
        await here.ours.say("Encore une minute !")
        assert list(here.played.messages) == ["Encore une minute !"]


async def test_a_state_is_on_the_disk_before_the_game_is_closed(tmp_path: Path) -> None:
    async with playing(tmp_path) as here:
        here.played.start(GAME.name, GAME.system)
        assert await here.ours.save_and_close() is True
        assert [state.name for state in (tmp_path / "states").iterdir()] == ["Tobu Tobu Girl.state"]
        assert here.played.game is None


async def test_a_state_is_lost_if_the_game_is_closed_too_soon(tmp_path: Path) -> None:
    async with playing(tmp_path) as here:
        here.played.start(GAME.name, GAME.system)
        ask(here.played.port, "SAVE_STATE", "CLOSE_CONTENT")
        await until(lambda: here.played.game is None)
        await asyncio.sleep(0.5)
        assert not (tmp_path / "states").exists()


async def test_lost_datagrams_cost_no_saved_game(tmp_path: Path) -> None:
    async with playing(tmp_path) as here:
        here.played.start(GAME.name, GAME.system)
        here.broken.fault = Fault.DRIFT
        assert await here.ours.save_and_close() is True
        assert here.played.game is None


async def test_one_that_hangs_or_is_another_program_or_does_not_run_is_seen_and_comes_back(tmp_path: Path) -> None:
    async with playing(tmp_path) as here:
        here.broken.fault = Fault.HANG
        with pytest.raises(NoReply):
            await here.ours.status()
        here.broken.fault = Fault.GARBAGE
        with pytest.raises(BadFrame):
            await here.ours.status()
        here.broken.fault = Fault.UNPLUG
        await until(lambda: not here.played.listening.is_set())
        assert await here.ours.status() == Status(Condition.ABSENT)
        here.broken.fault = None
        await asyncio.wait_for(here.played.listening.wait(), 5)
        assert await here.ours.status() == Status(Condition.CONTENTLESS)


async def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    async with playing(tmp_path) as here:
        with pytest.raises(LineBusy, match=f"UDP port {here.played.port} is taken"):
            await PlayedRetroArch(here.played.port, tmp_path).run()


def ask(port: int, *commands: str, within_s: float = 0.0) -> str:
    """Send a datagram, and the first answer to it if there is time for one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect(("127.0.0.1", port))
        asking.send("\n".join(commands).encode())
        if not within_s:
            return ""
        asking.settimeout(within_s)
        return asking.recv(4096).decode()


async def answer(port: int, *commands: str, having: str = "") -> str:
    """The first answer that has the word, asked again until there is one."""
    async with asyncio.timeout(30):
        while True:
            with suppress(TimeoutError, ConnectionRefusedError):
                found = await asyncio.to_thread(ask, port, *commands, within_s=0.5)
                if having in found:
                    return found
            await asyncio.sleep(0.05)


async def test_the_real_one_answers_alike(tmp_path: Path) -> None:
    if (core := find_core()) is None:
        pytest.skip("RetroArch is not installed (apt install retroarch libretro-gambatte libretro-core-info)")
    async with playing(tmp_path) as here:
        with real_retroarch(tmp_path, core) as real:
            status = await answer(real.port, "GET_STATUS", having="PLAYING")
            system, game, _ = status.removeprefix("GET_STATUS PLAYING ").rsplit(",", 2)
            here.played.start(game, system)
            for port in (real.port, here.played.port):
                assert (await answer(port, "VERSION"))[:2] == "1."
                assert (await answer(port, "SHOW_MSG Bonjour", "VERSION"))[:2] == "1."
                assert (await answer(port, "GET_STATUS")).startswith(f"GET_STATUS PLAYING {system},{game},crc32=")
                states = await answer(port, "GET_CONFIG_PARAM savestate_directory")
                assert states.startswith(f"GET_CONFIG_PARAM savestate_directory {tmp_path}/states")
                ask(port, "PAUSE_TOGGLE")
                paused = await answer(port, "GET_STATUS", having="PAUSED")
                assert paused.startswith(f"GET_STATUS PAUSED {system},{game},crc32=")
                ask(port, "CLOSE_CONTENT")
                assert await answer(port, "GET_STATUS", having="CONTENTLESS") == "GET_STATUS CONTENTLESS"
