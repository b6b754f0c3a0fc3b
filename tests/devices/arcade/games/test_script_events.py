import asyncio
import os
from pathlib import Path

import pytest

from devices.arcade.games import games as module
from devices.arcade.games.game import Game
from devices.arcade.games.script_events import script_events
from devices.errors import LineBusy
from tests.waiting import until

SCRIPT = Path(module.__file__).with_name("game-event")
NOVA = "/home/pi/RetroPie/roms/nes/Nova (World).nes"


async def run_script(folder: Path, name: str, port: int, *arguments: str) -> None:
    """As EmulationStation and RetroPie do: by a link that bears the occasion's name."""
    link = folder / name
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(SCRIPT)
    process = await asyncio.create_subprocess_exec(
        str(link), *arguments, env={**os.environ, "ALCOLAB_EVENTS": str(port)}
    )
    assert await process.wait() == 0


@pytest.mark.parametrize(
    ("start", "end", "arguments"),
    [
        ("game-start/game-event", "game-end/game-event", (NOVA, "Nova (World)", "Nova")),
        ("runcommand-onstart.sh", "runcommand-onend.sh", ("nes", "lr-nestopia", NOVA, "retroarch …")),
    ],
)
async def test_the_script_tells_the_start_and_the_end_of_a_game(
    start: str, end: str, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    heard: list[Game | None] = []
    async with script_events(0, heard.append) as port:
        await run_script(tmp_path, start, port, *arguments)
        await until(lambda: heard == [Game("Nova (World)", "nes")])
        await run_script(tmp_path, end, port)
        await until(lambda: heard == [Game("Nova (World)", "nes"), None])


async def test_a_port_that_is_taken_is_named() -> None:
    async with script_events(0, print) as port:
        with pytest.raises(LineBusy, match=f"UDP port {port}"):
            async with script_events(port, print):
                pass
