"""The devices of one Pi: started, restarted by a reload only where something changed, never in the middle of a job."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

import hub.fleet
from devices.board.board import Board
from devices.board.pi import PiBoard
from devices.device import Device, Port
from hub.bus import Bus, UnkeptJournal
from hub.fleet import Fleet
from hub.lab import DeviceEntry
from hub.supervisor import Supervisor


@dataclass(frozen=True)
class LampOptions:
    colour: str = "white"


class Lamp(Device[LampOptions]):
    """Counts its starts, and works on a job while `job` is held."""

    options = LampOptions
    lit: ClassVar[list[str]] = []
    put_out: ClassVar[list[str]] = []
    jobs: ClassVar[dict[str, asyncio.Event]] = {}

    async def run(self, port: Port) -> None:
        self.lit.append(f"{port.device} {self.config.colour}")
        port.online()
        try:
            if job := self.jobs.get(port.device):
                with port.busy("a film is being made"):
                    await job.wait()
            await asyncio.Event().wait()
        finally:
            self.put_out.append(port.device)


class LampType:
    def load(self) -> type[Device[Any]]:
        return Lamp


@pytest.fixture(autouse=True)
def lamps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub.fleet, "CATALOGUE", {"lamp": LampType()})
    for kept in (Lamp.lit, Lamp.put_out, Lamp.jobs):
        kept.clear()


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return PiBoard(tmp_path)


def lamp(name: str, colour: str = "white") -> DeviceEntry:
    return DeviceEntry(name, "lamp", "here", LampOptions(colour))


def lamps_of(*entries: DeviceEntry) -> dict[str, DeviceEntry]:
    return {entry.name: entry for entry in entries}


@asynccontextmanager
async def fleet_of(board: Board, *entries: DeviceEntry) -> AsyncIterator[tuple[Fleet, Bus]]:
    bus = Bus(UnkeptJournal())
    async with Supervisor() as supervisor, Fleet(bus, board, supervisor) as fleet:
        fleet.start(lamps_of(*entries))
        await settled()
        yield fleet, bus


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_reload_restarts_only_what_changed(board: Board) -> None:
    async with fleet_of(board, lamp("desk"), lamp("door")) as (fleet, _):
        changed = fleet.change(lamps_of(lamp("desk"), lamp("door", "red")))
        await settled()
        assert changed == ("door",)
        assert Lamp.lit == ["desk white", "door white", "door red"]
        assert Lamp.put_out == ["door"]


async def test_a_device_that_left_the_file_stops_and_is_forgotten(board: Board) -> None:
    async with fleet_of(board, lamp("desk"), lamp("door")) as (fleet, bus):
        assert fleet.change(lamps_of(lamp("desk"))) == ("door",)
        await settled()
        assert Lamp.put_out == ["door"]
        assert set(bus.latest.availability) == {"desk"}
        assert not bus.owns("door")


async def test_a_new_device_starts(board: Board) -> None:
    async with fleet_of(board) as (fleet, bus):
        assert fleet.change(lamps_of(lamp("desk"))) == ("desk",)
        await settled()
        assert Lamp.lit == ["desk white"]
        assert bus.owns("desk")


async def test_a_busy_device_first_finishes(board: Board) -> None:
    Lamp.jobs["rig"] = asyncio.Event()
    async with fleet_of(board, lamp("rig"), lamp("desk")) as (fleet, _):
        fleet.change(lamps_of(lamp("rig", "red"), lamp("desk", "red")))
        await settled()
        assert Lamp.put_out == ["desk"], "the idle one changes at once, the busy one works on"
        Lamp.jobs["rig"].set()
        await settled()
        assert Lamp.lit[-1] == "rig red"


async def test_a_change_taken_back_while_a_job_lasts_restarts_nothing(board: Board) -> None:
    Lamp.jobs["rig"] = asyncio.Event()
    async with fleet_of(board, lamp("rig")) as (fleet, _):
        fleet.change(lamps_of(lamp("rig", "red")))
        await settled()
        assert fleet.change(lamps_of(lamp("rig"))) == ()
        Lamp.jobs["rig"].set()
        await settled()
        assert Lamp.lit == ["rig white"]


async def test_the_last_of_several_reloads_wins(board: Board) -> None:
    Lamp.jobs["rig"] = asyncio.Event()
    async with fleet_of(board, lamp("rig")) as (fleet, _):
        for colour in ("red", "green", "blue"):
            fleet.change(lamps_of(lamp("rig", colour)))
            await settled()
        Lamp.jobs["rig"].set()
        await settled()
        assert Lamp.lit == ["rig white", "rig blue"]


async def test_leaving_makes_every_device_safe(board: Board) -> None:
    Lamp.jobs["rig"] = asyncio.Event()
    async with fleet_of(board, lamp("rig"), lamp("desk")) as (fleet, _):
        fleet.change(lamps_of(lamp("rig", "red"), lamp("desk")))
        await settled()
    assert sorted(Lamp.put_out) == ["desk", "rig"]
