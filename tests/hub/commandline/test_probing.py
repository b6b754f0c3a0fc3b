"""What a technician sees of wires and keys."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.access.badge_reader import BadgeReader
from devices.access.card import Card
from devices.access.options import BadgeReaderOptions, KeyboardReader, Reader, WiegandReader
from devices.access.readers.wiegand_frame import bits_of
from devices.board.simulated import SimulatedBoard
from devices.board.world import World
from hub.commandline.probing import EavesdroppingBoard, Printer
from tests.devices.recording_port import RecordingPort

CARD = Card.numbered(0x086CED)


@asynccontextmanager
async def probed(folder: Path, world: World, reader: Reader) -> AsyncIterator[RecordingPort]:
    port = RecordingPort("badges")
    board = EavesdroppingBoard(SimulatedBoard(world, folder / "state"), Printer())
    task = asyncio.create_task(BadgeReader(BadgeReaderOptions(reader=reader), board).run(port), name="badges")
    try:
        await port.until(lambda: port.available)
        yield port
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_each_pulse_of_a_wiegand_reader_is_shown_with_its_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tmp_path / "world")
    wires = (world.pin("GPIO5"), world.pin("GPIO6"))
    for wire in wires:
        wire.drive(True)
    async with probed(tmp_path, world, WiegandReader(type="wiegand", d0="GPIO5", d1="GPIO6")) as port:
        begun_ns = time.monotonic_ns()
        for number, bit in enumerate(bits_of(CARD, 26)):
            wires[int(bit)].drive(False, at_ns=begun_ns + number * 1_000_000)
            wires[int(bit)].drive(True, at_ns=begun_ns + number * 1_000_000 + 50_000)
        await port.until(lambda: port.events)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 26
    assert lines[0] == f"  < GPIO6: 'inactive at {begun_ns / 1e6:.3f} ms'"


async def test_each_key_of_a_reader_that_types_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = World(tmp_path / "world")
    keyboard = world.keyboard("a reader")
    async with probed(tmp_path, world, KeyboardReader(type="keyboard", device="a reader")) as port:
        keyboard.type("00827885\n")
        await port.until(lambda: port.events)
    assert capsys.readouterr().out.splitlines()[:3] == [
        "  < a reader: 'keys +11'",
        "  < a reader: 'keys -11'",
        "  < a reader: 'keys +11'",
    ]
