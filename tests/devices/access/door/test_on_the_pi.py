"""A door on a Pi's kernel: a card at a serial reader, lines by gpio-sim, no network at all."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from devices.access.badge_reader import BadgeReader
from devices.access.door.door import Door
from devices.access.door.options import Contact, DoorOptions, Exit, Fire, Strike
from devices.access.options import BadgeReaderOptions, Rdm6300Reader
from devices.access.readers.serial_frame import FrameFormat, frame_of
from devices.board.board import Bias, Line
from devices.board.clock import SystemClock
from devices.board.pi import PiBoard
from devices.board.world import World
from devices.device import Device, Event, State
from devices.errors import LineBusy
from hub.bus import Availability, Bus, Entry, UnkeptJournal
from hub.port import DevicePort
from tests.devices.access.door.running import ADA, CONTACT, EXIT, FIRE, PORT, STRIKE, policy
from tests.virtual_pi.gpio_sim import GpioSim
from tests.waiting import until

pytestmark = [pytest.mark.pi, pytest.mark.timeout(300)]
WITHIN_S = 120.0
OPTIONS = DoorOptions(
    badges="front-badges",
    strike=Strike(line=STRIKE, unlock=60.0),
    contact=Contact(line=CONTACT, bias=Bias.AS_IS),
    exit=Exit(line=EXIT, bias=Bias.AS_IS),
    fire=Fire(line=FIRE, bias=Bias.AS_IS),
)
"""Without the Pi's own resistors: gpio-sim lets them pull harder than the outside."""


class Entrance:
    """What the lab hears of the door."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.heard: list[Entry] = []

    def kinds(self) -> list[str]:
        messages = [entry.message for entry in self.heard if entry.device == "front-door"]
        return [message.kind for message in messages if isinstance(message, Event)]

    def is_closed(self) -> bool:
        state = self.bus.latest.states.get(("front-door", "door"))
        return (
            state is not None
            and isinstance(state.message, State)
            and '"open": false' in json.dumps(state.message.value)
        )

    async def event(self, kind: str) -> None:
        await until(lambda: kind in self.kinds(), within_s=WITHIN_S)

    async def online(self, *devices: str) -> None:
        def all_there() -> bool:
            latest = [self.bus.latest.availability.get(device) for device in devices]
            return all(each and isinstance(each.message, Availability) and each.message.online for each in latest)

        await until(all_there, within_s=WITHIN_S)


@asynccontextmanager
async def on_a_pi(folder: Path, world: World) -> AsyncIterator[Entrance]:
    bus, clock, board = Bus(UnkeptJournal()), SystemClock(), PiBoard(folder / "state")
    bus.latest.policy = policy()
    (folder / "site.key").write_text("00" * 32)
    world.serial(PORT)
    reader = BadgeReaderOptions(
        reader=Rdm6300Reader(type="rdm6300", port=str(world.serial_path(PORT)), away=0.3),
        key_file=str(folder / "site.key"),
    )
    devices: dict[str, Device[Any]] = {
        "front-door": Door(OPTIONS, board),
        "front-badges": BadgeReader(reader, board),
    }
    entrance = Entrance(bus)
    with bus.entries.heard_by(entrance.heard.append):
        tasks = [
            asyncio.create_task(device.run(DevicePort(name, bus, clock)), name=name) for name, device in devices.items()
        ]
        try:
            await entrance.online(*devices)
            await until(entrance.is_closed, within_s=WITHIN_S)
            yield entrance
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task


async def test_a_card_opens_the_door_and_everything_lets_go_again(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    with GpioSim() as header:
        for line, level in ((CONTACT, False), (EXIT, True), (FIRE, False)):
            header.drive(line, level)
        async with on_a_pi(tmp_path, world) as entrance:
            assert not header.level(STRIKE)
            world.serial(PORT).send(frame_of(ADA, FrameFormat.RDM6300))
            await until(lambda: header.level(STRIKE), within_s=WITHIN_S)
            header.drive(CONTACT, True)
            await entrance.event("passed")
            header.drive(CONTACT, False)
            await until(lambda: not header.level(STRIKE), within_s=WITHIN_S)
            header.drive(EXIT, False)
            await until(lambda: header.level(STRIKE), within_s=WITHIN_S)
            header.drive(FIRE, True)
            await entrance.event("fire")
        assert not header.level(STRIKE)
        async with PiBoard(tmp_path / "other").edges([Line(STRIKE), Line(CONTACT)]):
            pass  # nobody holds them any more
    assert entrance.kinds()[:4] == ["access", "unlocked", "opened", "passed"]
    assert "forced" not in entrance.kinds()


async def test_a_strike_that_another_program_holds_is_named_and_had_again(tmp_path: Path) -> None:
    with GpioSim() as header:
        header.drive(EXIT, True)
        async with PiBoard(tmp_path / "other").edges([Line(STRIKE)]):
            with pytest.raises(LineBusy, match=STRIKE):
                await Door(OPTIONS, PiBoard(tmp_path)).run(
                    DevicePort("front-door", Bus(UnkeptJournal()), SystemClock())
                )
        async with on_a_pi(tmp_path, World(tmp_path / "world")):
            assert not header.level(STRIKE)
