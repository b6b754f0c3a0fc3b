import asyncio
import errno
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.arcade.games.game import Game
from devices.arcade.games.retroarch import Condition, RetroArch, Status, parse_status
from devices.board.blocking import BlockingCalls
from devices.errors import AlcolabError, BadFrame, NoReply
from tests.devices.arcade.games.real_retroarch import RealRetroArch, find_core, free_udp_port, real_retroarch

LOOP = Game("Loop, the (World)", "game_boy")


@pytest.fixture
def retroarch(tmp_path: Path) -> Iterator[RealRetroArch]:
    if (core := find_core()) is None:
        pytest.skip("RetroArch is not installed (apt install retroarch libretro-gambatte libretro-core-info)")
    with real_retroarch(tmp_path, core) as running:
        yield running


async def plays(retroarch: RetroArch) -> Status:
    """Its first status with a game: it takes a second to start."""
    async with asyncio.timeout(30):
        while True:
            with suppress(AlcolabError):
                if (status := await retroarch.status()).game:
                    return status
            await asyncio.sleep(0.1)


async def test_the_real_one_says_which_game_it_plays_whatever_is_in_its_name(retroarch: RealRetroArch) -> None:
    assert await plays(RetroArch(retroarch.port, BlockingCalls())) == Status(Condition.PLAYING, LOOP)


async def test_the_real_one_saves_before_it_closes(retroarch: RealRetroArch) -> None:
    ours = RetroArch(retroarch.port, BlockingCalls())
    await plays(ours)
    assert await ours.save_and_close() is True
    assert (await ours.status()).condition in {Condition.CONTENTLESS, Condition.ABSENT}
    assert [state.name for state in retroarch.states.iterdir()] == [f"{LOOP.name}.state"]


async def test_the_real_one_takes_a_message_in_any_letters(retroarch: RealRetroArch) -> None:
    ours = RetroArch(retroarch.port, BlockingCalls())
    await plays(ours)
    await ours.say("Encore une minute !\nدقيقة واحدة " + "a" * 5000)
    assert (await ours.status()).game == LOOP


async def test_closing_when_nothing_runs_is_no_error(retroarch: RealRetroArch) -> None:
    ours = RetroArch(retroarch.port, BlockingCalls())
    await plays(ours)
    await ours.save_and_close()
    assert await ours.save_and_close() is False


async def test_a_firewall_that_keeps_us_from_asking_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async def forbidden(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_sendall", forbidden)
    with pytest.raises(NoReply, match="Operation not permitted"):
        await RetroArch(free_udp_port(), BlockingCalls()).status()


async def test_where_nobody_listens_it_is_absent() -> None:
    ours = RetroArch(free_udp_port(), BlockingCalls())
    assert await ours.status() == Status(Condition.ABSENT)
    assert await ours.save_and_close() is False
    await ours.say("Bonjour")


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ("GET_STATUS CONTENTLESS", Status(Condition.CONTENTLESS)),
        (
            "GET_STATUS PLAYING super_nes,Chrono, the Game (USA),crc32=2d206bf7\n",
            Status(Condition.PLAYING, Game("Chrono, the Game (USA)", "super_nes")),
        ),
        ("GET_STATUS PAUSED Nestopia,loop,crc32=e086c102\n", Status(Condition.PAUSED, Game("loop", "Nestopia"))),
    ],
)
def test_an_answer_is_understood(reply: str, status: Status) -> None:
    assert parse_status(reply) == status


@pytest.mark.parametrize("reply", ["", "1.14.0\n", "GET_STATUS", "GET_STATUS PLAYING", "GET_STATUS PLAYING a,b", "{}"])
def test_another_answer_is_refused(reply: str) -> None:
    with pytest.raises(BadFrame, match="not what RetroArch answers"):
        parse_status(reply)


@given(st.text())
def test_no_answer_breaks_it(reply: str) -> None:
    with suppress(BadFrame):
        parse_status(reply)
