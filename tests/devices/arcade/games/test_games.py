"""Two emulators on one cabinet, and what is believed of each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from devices.arcade.games.game import Game
from devices.arcade.games.games import Games
from devices.arcade.options import EmulationStationOptions, RetroArchOptions
from devices.arcade.scenery.retroarch import PlayedRetroArch
from devices.board.world import Fault
from tests.devices.arcade.games.real_retroarch import free_udp_port
from tests.devices.arcade.games.test_emulationstation import batocera
from tests.waiting import until

NOVA = Game("nova", "nes")
CHESS = Game("chess", "snes")


class PlayedCabinet:
    """RetroArch and EmulationStation, and the games as the cabinet sees them."""

    def __init__(self, folder: Path, station_port: int) -> None:
        self.hangs = False
        self.retroarch = PlayedRetroArch(free_udp_port(), folder, lambda: Fault.HANG if self.hangs else None)
        self.games = Games(RetroArchOptions(port=self.retroarch.port), EmulationStationOptions(port=station_port))


@asynccontextmanager
async def playing(folder: Path, station_port: int) -> AsyncIterator[PlayedCabinet]:
    cabinet = PlayedCabinet(folder, station_port)
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(cabinet.retroarch.run(), name="RetroArch"),
            tasks.create_task(cabinet.games.run(lambda: None), name="games"),
        ]
        try:
            yield cabinet
        finally:
            for task in running:
                task.cancel()


async def test_retroarch_is_asked_though_emulationstation_is_away(tmp_path: Path) -> None:
    async with playing(tmp_path, free_udp_port()) as cabinet:
        cabinet.retroarch.start(CHESS.name, CHESS.system)
        await until(lambda: cabinet.games.playing == CHESS)
        assert "EmulationStation" in (cabinet.games.problem or "")
        cabinet.retroarch.close()
        await until(lambda: cabinet.games.playing is None)


async def test_emulationstation_is_asked_though_retroarch_hangs(tmp_path: Path) -> None:
    with batocera() as station:
        async with playing(tmp_path, station.server_port) as cabinet:
            cabinet.hangs = True
            cabinet.retroarch.start(CHESS.name, CHESS.system)
            await until(lambda: cabinet.games.playing == NOVA)
            assert "RetroArch" in (cabinet.games.problem or "")
