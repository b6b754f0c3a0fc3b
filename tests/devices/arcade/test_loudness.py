import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest

from devices.arcade import loudness as module
from devices.arcade import running_cabinet
from devices.arcade.buttons import Button
from devices.arcade.loudness import Loudness
from devices.arcade.options import SoundOptions
from devices.opening_hours import Hours
from tests.devices.arcade.sound_card import SoundCard
from tests.devices.arcade.visit import options, visit
from tests.waiting import until

SOUND = SoundOptions(ceiling=75, quiet=40)
ALL_DAY = (Hours(since=time(0), until=time(12)), Hours(since=time(12), until=time(0)))


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoundCard:
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.1)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return SoundCard(tmp_path, percent=60)


@asynccontextmanager
async def kept(loudness: Loudness) -> AsyncIterator[None]:
    running = asyncio.create_task(loudness.run(lambda: None), name="loudness")
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_what_games_turn_up_is_turned_down_to_the_ceiling(card: SoundCard) -> None:
    async with kept(Loudness(SOUND)):
        card.percent = 100
        await until(lambda: card.percent == 75)


async def test_quiet_hours_are_quieter_and_silent_while_nobody_plays(card: SoundCard) -> None:
    loudness = Loudness(SOUND)
    async with kept(loudness):
        loudness.house(quiet=True, playing=False)
        await until(lambda: card.percent == 0)
        loudness.house(quiet=True, playing=True)
        await until(lambda: card.percent == 40)


async def test_after_the_silence_it_is_as_loud_as_before(card: SoundCard) -> None:
    loudness = Loudness(SOUND)
    async with kept(loudness):
        loudness.house(quiet=True, playing=False)
        await until(lambda: card.percent == 0)
        await loudness.louder()
        loudness.house(quiet=False, playing=False)
        await until(lambda: card.percent == 60)


async def test_a_restart_amid_the_silence_leaves_nobody_without_sound(card: SoundCard) -> None:
    before = Loudness(SOUND)
    async with kept(before):
        before.house(quiet=True, playing=False)
        await until(lambda: card.percent == 0)
    after = Loudness(SOUND)
    after.house(quiet=True, playing=True)
    async with kept(after):
        await until(lambda: card.percent == 40)


async def test_players_make_it_louder_by_steps_up_to_the_ceiling_and_quieter_down_to_nothing(card: SoundCard) -> None:
    loudness = Loudness(SOUND)
    heard = []
    for _ in range(3):
        await loudness.louder()
        heard.append(card.percent)
    for _ in range(9):
        await loudness.quieter()
    assert heard == [70, 75, 75]
    assert card.percent == 0


async def test_a_cabinet_is_silent_in_quiet_hours_until_somebody_plays(tmp_path: Path, card: SoundCard) -> None:
    async with visit(tmp_path, options(sound=SOUND, quiet=ALL_DAY)) as person:
        await until(lambda: card.percent == 0)
        await person.press(1, Button.START)
        await until(lambda: card.percent == 40)


async def test_a_sound_card_that_is_plugged_in_again_is_no_problem_any_more(
    tmp_path: Path, card: SoundCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running_cabinet, "TRY_AGAIN_S", 0.1)
    card.unplug()
    async with visit(tmp_path, options(sound=SOUND)) as person:
        problems = await person.port.until(lambda: person.state("problems"))
        assert "amixer refuses" in problems["sound"]
        await person.press(1, Button.START)
        await person.until("turn", phase="playing")
        card.plug_in()
        await until(lambda: not person.state("problems"))


async def test_a_control_that_the_card_does_not_have_is_named(tmp_path: Path, card: SoundCard) -> None:
    assert card.percent == 60
    async with visit(tmp_path, options(sound=replace(SOUND, mixer="Trumpet"))) as person:
        problems = await person.port.until(lambda: person.state("problems"))
        assert "Trumpet" in problems["sound"]
