"""What only a Pi's kernel can show of keyboards: other readers and programs, twins, USB, a death without a farewell."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.board.board import InputReport
from devices.board.input_records import RECORDS_BYTES
from devices.board.pi import PiBoard
from devices.errors import DeviceOffline, HardwareMissing, LineBusy
from tests.devices.board.bench import program, until
from tests.devices.board.test_input_devices import CARD, READER, moves, take, typed
from tests.virtual_pi.uhid_keyboard import UhidKeyboard
from tests.virtual_pi.uinput_keyboard import UinputKeyboard

pi = pytest.mark.pi
NOBODY = 65534

GRAB = """
import sys, evdev
device = evdev.InputDevice(sys.argv[1])
device.grab()
print("grabbed", flush=True)
sys.stdin.read()
"""

HOLD = """
import asyncio, sys
from pathlib import Path
from devices.board.pi import PiBoard

async def main():
    async with PiBoard(Path(sys.argv[1])).input_device(sys.argv[2]):
        print("held", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
def board(tmp_path: Path) -> PiBoard:
    return PiBoard(tmp_path)


@pytest.fixture
def reader() -> Iterator[UinputKeyboard]:
    reader = UinputKeyboard(READER)
    reader.plug()
    yield reader
    reader.unplug()


@pytest.fixture
def console(reader: UinputKeyboard) -> Iterator[int]:
    """Another that has the keyboard open, as a console has them all."""
    descriptor = os.open(reader.path, os.O_RDONLY | os.O_NONBLOCK)
    yield descriptor
    os.close(descriptor)


def hears(console: int) -> bool:
    try:
        return bool(os.read(console, RECORDS_BYTES))
    except BlockingIOError:
        return False


@pi
async def test_while_we_hold_it_nobody_else_gets_a_key(board: PiBoard, reader: UinputKeyboard, console: int) -> None:
    reader.type("1")
    assert hears(console)
    async with board.input_device(READER) as device:
        reader.type(CARD)
        assert moves(await take(device, 2 * len(CARD))) == typed(CARD)
        assert not hears(console)
    reader.type("1")
    assert hears(console)


@pi
async def test_held_by_another_program_it_is_busy_and_the_program_is_named(
    board: PiBoard, reader: UinputKeyboard
) -> None:
    with program(GRAB, reader.path) as running:
        name = Path(f"/proc/{running.pid}/comm").read_text().strip()
        with pytest.raises(LineBusy, match=rf"{READER} is held by {name} \(process {running.pid}\): stop that program"):
            async with board.input_device(READER):
                pass


@pi
async def test_a_holder_that_cannot_be_seen_is_said_with_how_to_see_it(
    board: PiBoard, reader: UinputKeyboard, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("devices.board.holders.PROC", tmp_path)
    said = rf"held by another program \(`sudo fuser -v {reader.path}` names it\)"
    with program(GRAB, reader.path), pytest.raises(LineBusy, match=said):
        async with board.input_device(READER):
            pass


@pi
async def test_it_is_free_again_after_its_program_was_killed(
    board: PiBoard, reader: UinputKeyboard, console: int, tmp_path: Path
) -> None:
    with program(HOLD, tmp_path, READER) as running:
        reader.type("1")
        assert not hears(console)
        running.send_signal(signal.SIGKILL)
        running.wait()
    reader.type("1")
    await until(lambda: hears(console))
    async with board.input_device(READER) as device:
        reader.type(CARD)
        assert moves(await take(device, 2 * len(CARD))) == typed(CARD)


@pi
async def test_cancelled_others_get_the_keys_again(board: PiBoard, reader: UinputKeyboard, console: int) -> None:
    holding = asyncio.Event()

    async def read() -> None:
        async with board.input_device(READER) as device:
            holding.set()
            await take(device, 1)

    task = asyncio.create_task(read())
    await asyncio.wait_for(holding.wait(), 20)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    reader.type("1")
    assert hears(console)


@pi
async def test_a_link_that_lasts_leads_to_it_and_is_listed(board: PiBoard, reader: UinputKeyboard) -> None:
    link = Path("/dev/input/by-id/usb-Sycreader_RFID_Technology-event-kbd")
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(f"../{reader.path.name}")
    try:
        async with board.input_device(str(link)) as device:
            reader.type("1")
            assert moves(await take(device, 2)) == typed("1")
        with pytest.raises(HardwareMissing, match=rf"there is: .*{READER} \({link}\)"):
            async with board.input_device("absent"):
                pass
    finally:
        link.unlink()
    with pytest.raises(HardwareMissing, match=f"no input device {link}: plug it in"):
        async with board.input_device(str(link)):
            pass


@pi
async def test_twins_are_told_apart_by_their_paths(board: PiBoard, reader: UinputKeyboard) -> None:
    twin = UinputKeyboard(READER)
    twin.plug()
    try:
        with pytest.raises(HardwareMissing, match=f"2 input devices are called {READER}: name one by its path") as said:
            async with board.input_device(READER):
                pass
        assert {str(reader.path), str(twin.path)} <= set(re.findall(r"/dev/input/event\d+", str(said.value)))
        async with board.input_device(str(twin.path)) as device:
            reader.type("1")
            twin.type("2")
            assert moves(await take(device, 2)) == typed("2")
    finally:
        twin.unplug()


@pi
async def test_without_the_right_to_it_the_group_is_named(board: PiBoard, reader: UinputKeyboard) -> None:
    async with board.input_device(READER):
        pass  # the libraries are loaded
    os.seteuid(NOBODY)
    try:
        for device in (READER, str(reader.path)):
            with pytest.raises(HardwareMissing, match="add the user to the group input"):
                async with board.input_device(device):
                    pass
    finally:
        os.seteuid(0)


@pi
@pytest.mark.usefixtures("reader")
async def test_what_is_no_keyboard_is_said(board: PiBoard) -> None:
    with pytest.raises(HardwareMissing, match=f"/dev/null is no device whose keys can be read .*{READER}"):
        async with board.input_device("/dev/null"):
            pass


@pi
async def test_a_usb_keyboard_is_read_by_way_of_the_hid_drivers_and_offline_when_pulled_out(board: PiBoard) -> None:
    with UhidKeyboard(READER) as usb:
        await until(usb.is_there)
        async with board.input_device(READER) as device:
            reports: list[InputReport] = []
            for digit in CARD:  # all at once is more than the kernel keeps
                usb.type(digit)
                reports += await take(device, 2)
            assert moves(reports) == typed(CARD)
            assert not any(report.lost for report in reports)
            waiting = asyncio.create_task(take(device, 1))
            await asyncio.sleep(0.05)
            usb.unplug()
            with pytest.raises(DeviceOffline, match=f"{READER} was unplugged"):
                await waiting


async def test_a_missing_library_is_said_with_its_package(board: PiBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "evdev", None)
    with pytest.raises(HardwareMissing, match="apt install python3-evdev"):
        async with board.input_device(READER):
            pass
