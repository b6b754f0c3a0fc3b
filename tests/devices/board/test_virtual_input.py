"""What every board does with input devices of our own: what is written to them is what games see."""

import asyncio
import fcntl
import os
import signal
import struct
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devices.board import virtual_input
from devices.board.board import InputIdentity
from devices.board.pi import PiBoard
from devices.board.world import World
from devices.errors import AlcolabError, HardwareMissing
from tests.devices.board.bench import Bench, PiBench, SimulatedBench, opened, program, until

if TYPE_CHECKING:
    from evdev import InputDevice

EVENT = struct.Struct("@llHHi")
"""`struct input_event` of <linux/input.h>."""
EV_SYN, EV_KEY, EV_ABS = 0, 1, 3
BTN_SOUTH, BTN_EAST, BTN_START, KEY_ENTER = 0x130, 0x131, 0x13B, 28
ABS_X, ABS_Y, ABS_HAT0X, ABS_HAT0Y = 0, 1, 16, 17
BUS_USB = 3
GAMEPAD = InputIdentity(
    name="Test Gamepad",
    bus=BUS_USB,
    vendor=0x1209,
    product=0xA1C0,
    version=0x0102,
    keys=(BTN_SOUTH, BTN_EAST, BTN_START),
    axes={ABS_X: (-1, 1), ABS_Y: (-1, 1), ABS_HAT0X: (-1, 1), ABS_HAT0Y: (-1, 1)},
)
KEYBOARD = InputIdentity(
    name="Test Keys", bus=BUS_USB, vendor=0x1209, product=0xA1C1, version=1, keys=(KEY_ENTER,), axes={}
)


def change(*events: tuple[int, int, int]) -> bytes:
    return b"".join(EVENT.pack(0, 0, *event) for event in (*events, (EV_SYN, 0, 0)))


class Game(ABC):
    """What a game sees of one input device."""

    @abstractmethod
    def pressed(self) -> set[int] | frozenset[int]: ...

    @abstractmethod
    def axes(self) -> Mapping[int, int]: ...

    @abstractmethod
    def there(self) -> bool: ...


class GameOnThePi(Game):
    def __init__(self, name: str) -> None:
        self.device = next(device for device in devices() if device.name == name)
        self.number = int(str(self.device.path).rpartition("event")[2])

    def pressed(self) -> set[int] | frozenset[int]:
        return set(self.device.active_keys())

    def axes(self) -> Mapping[int, int]:
        return {
            axis: self.device.absinfo(axis).value for axis in self.device.capabilities(absinfo=False).get(EV_ABS, [])
        }

    def there(self) -> bool:
        return self.device.path in [device.path for device in devices()]


class SimulatedGame(Game):
    def __init__(self, world: World, name: str) -> None:
        self._world = world
        self.seen = world.game_input(name)

    def pressed(self) -> set[int] | frozenset[int]:
        return self.seen.pressed

    def axes(self) -> Mapping[int, int]:
        return self.seen.axes

    def there(self) -> bool:
        return self.seen in self._world.game_inputs


def devices() -> "list[InputDevice[str]]":
    from evdev import InputDevice, list_devices

    return [InputDevice(path) for path in list_devices()]


Sees = Callable[[str], Game]


@pytest.fixture
def sees(bench: Bench) -> Sees:
    """Looks at an input device as a game does."""
    if isinstance(bench, PiBench):
        subprocess.run(["modprobe", "-a", "uinput", "evdev"], check=True)
        return GameOnThePi
    return lambda name: SimulatedGame(bench.world, name)


async def test_games_see_what_is_written(bench: Bench, sees: Sees) -> None:
    async with bench.board.virtual_input(GAMEPAD) as descriptor:
        game = sees(GAMEPAD.name)
        assert game.axes() == dict.fromkeys(GAMEPAD.axes, 0)
        os.write(descriptor, change((EV_KEY, BTN_SOUTH, 1), (EV_ABS, ABS_HAT0X, -1)))
        assert game.pressed() == {BTN_SOUTH}
        assert game.axes()[ABS_HAT0X] == -1
        os.write(descriptor, change((EV_KEY, BTN_START, 1), (EV_KEY, BTN_SOUTH, 0)))
        assert game.pressed() == {BTN_START}


async def test_it_is_gone_when_left_although_another_has_its_descriptor(bench: Bench, sees: Sees) -> None:
    async with bench.board.virtual_input(GAMEPAD) as descriptor:
        copy = os.dup(descriptor)
        game = sees(GAMEPAD.name)
        os.write(descriptor, change((EV_KEY, BTN_SOUTH, 1)))
    assert not game.there()
    with pytest.raises(OSError, match=r"."):
        os.write(copy, change((EV_KEY, BTN_SOUTH, 1)))
    os.close(copy)


async def test_it_is_gone_when_its_holder_is_cancelled_and_can_be_plugged_in_again(bench: Bench, sees: Sees) -> None:
    async def play(plugged: asyncio.Event) -> None:
        async with bench.board.virtual_input(GAMEPAD) as descriptor:
            os.write(descriptor, change((EV_KEY, BTN_SOUTH, 1)))
            plugged.set()
            await asyncio.Event().wait()

    for _ in range(3):
        plugged = asyncio.Event()
        playing = asyncio.create_task(play(plugged))
        await plugged.wait()
        game = sees(GAMEPAD.name)
        assert game.pressed() == {BTN_SOUTH}
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        assert not game.there()


async def test_what_the_device_does_not_have_is_not_seen(bench: Bench, sees: Sees) -> None:
    async with bench.board.virtual_input(GAMEPAD) as descriptor:
        game = sees(GAMEPAD.name)
        os.write(descriptor, change((EV_KEY, KEY_ENTER, 1), (EV_ABS, 5, 1), (EV_KEY, BTN_EAST, 1)))
        assert game.pressed() == {BTN_EAST}
        assert game.axes() == dict.fromkeys(GAMEPAD.axes, 0)


async def test_a_keyboard_has_keys_and_no_axes(bench: Bench, sees: Sees) -> None:
    async with bench.board.virtual_input(KEYBOARD) as descriptor:
        game = sees(KEYBOARD.name)
        os.write(descriptor, change((EV_KEY, KEY_ENTER, 1)))
        assert game.pressed() == {KEY_ENTER}
        assert game.axes() == {}


async def test_only_the_process_that_is_meant_inherits_it(bench: Bench, sees: Sees) -> None:
    source = "import os, sys; os.write(int(sys.argv[1]), bytes.fromhex(sys.argv[2]))"
    written = change((EV_KEY, BTN_EAST, 1)).hex()
    async with bench.board.virtual_input(GAMEPAD) as descriptor:
        assert os.get_inheritable(descriptor) is False
        command = [sys.executable, "-c", source, str(descriptor), written]
        await asyncio.to_thread(subprocess.run, command, pass_fds=(descriptor,), check=True)
        assert sees(GAMEPAD.name).pressed() == {BTN_EAST}


async def test_nothing_stays_open_after_ten_of_them(bench: Bench, sees: Sees) -> None:
    async with bench.board.virtual_input(GAMEPAD):
        sees(GAMEPAD.name)
    before = opened()
    for _ in range(10):
        async with bench.board.virtual_input(GAMEPAD), bench.board.virtual_input(KEYBOARD):
            pass
    assert opened() == before


async def test_a_simulated_game_counts_presses_and_remembers_changes_as_the_kernel_passes_them_on(
    tmp_path: Path,
) -> None:
    bench = SimulatedBench(tmp_path)
    async with bench.board.virtual_input(GAMEPAD) as descriptor:
        for value in (1, 1, 0, 0, 1, 0, 1):
            os.write(descriptor, change((EV_KEY, BTN_SOUTH, value), (EV_ABS, ABS_HAT0Y, value)))
        seen = bench.world.game_input(GAMEPAD.name)
        assert dict(seen.presses) == {BTN_SOUTH: 3}
        assert [value for kind, _, value in seen.changes if kind == EV_ABS] == [1, 0, 1, 0, 1]
    assert seen.pressed == frozenset()
    assert seen.changes[-1] == (EV_KEY, BTN_SOUTH, 0)


async def test_a_simulated_game_keeps_up_although_nobody_looks(tmp_path: Path) -> None:
    bench = SimulatedBench(tmp_path)
    async with bench.board.virtual_input(GAMEPAD) as descriptor:
        for n in range(5000):
            os.write(descriptor, change((EV_KEY, BTN_SOUTH, (n + 1) % 2)))
            await asyncio.sleep(0)
        assert bench.world.game_input(GAMEPAD.name).presses[BTN_SOUTH] == 2500


async def test_simulated_games_see_inputs_in_the_order_of_their_creation(tmp_path: Path) -> None:
    bench = SimulatedBench(tmp_path)
    async with bench.board.virtual_input(KEYBOARD), bench.board.virtual_input(GAMEPAD):
        assert [seen.identity for seen in bench.world.game_inputs] == [KEYBOARD, GAMEPAD]
        with pytest.raises(AlcolabError, match="no input device Mouse; they see: Test Keys, Test Gamepad"):
            bench.world.game_input("Mouse")
    assert bench.world.game_inputs == ()


def test_udev_tells_of_the_first_before_it_tells_of_those_that_follow() -> None:
    """It goes by names, where input10 comes before input9."""
    for first in range(2000):
        names = [f"input{number}" for number in range(first, first + 5)]  # four players and a keyboard
        assert virtual_input._is_cramped(first) or names == sorted(names)


async def test_no_uinput_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual_input, "UINPUT", tmp_path / "uinput")
    with pytest.raises(HardwareMissing, match=r"`modprobe uinput`, and .*/etc/modules-load\.d"):
        async with PiBoard(tmp_path).virtual_input(GAMEPAD):
            pass


async def test_no_right_to_use_uinput_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(virtual_input, "_open", denied)
    with pytest.raises(HardwareMissing, match=r"systemd/alcolab\.rules .* group input"):
        async with PiBoard(tmp_path).virtual_input(GAMEPAD):
            pass


@pytest.fixture
def pi(tmp_path: Path) -> PiBoard:
    subprocess.run(["modprobe", "-a", "uinput", "evdev"], check=True)
    return PiBoard(tmp_path)


@pytest.mark.pi
async def test_the_kernel_knows_it_by_the_identity_and_the_abilities_that_were_asked_for(pi: PiBoard) -> None:
    async with pi.virtual_input(GAMEPAD):
        device = GameOnThePi(GAMEPAD.name).device
        assert tuple(device.info) == (BUS_USB, 0x1209, 0xA1C0, 0x0102)
        assert device.capabilities(absinfo=False) == {
            EV_SYN: [EV_SYN, EV_KEY, EV_ABS],
            EV_KEY: list(GAMEPAD.keys),
            EV_ABS: list(GAMEPAD.axes),
        }
        assert {(device.absinfo(axis).min, device.absinfo(axis).max) for axis in GAMEPAD.axes} == {(-1, 1)}


@pytest.mark.pi
async def test_events_bear_the_kernels_time(pi: PiBoard) -> None:
    async with pi.virtual_input(GAMEPAD) as descriptor:
        device = GameOnThePi(GAMEPAD.name).device
        fcntl.ioctl(device.fd, 0x400445A0, struct.pack("@i", time.CLOCK_MONOTONIC))  # EVIOCSCLOCKID
        before_s = time.monotonic()
        os.write(descriptor, change((EV_KEY, BTN_SOUTH, 1)))
        after_s = time.monotonic()
        (pressed, _) = await asyncio.to_thread(lambda: list(device.read()))
        assert before_s - 1e-6 <= pressed.timestamp() <= after_s


@pytest.mark.pi
async def test_games_number_inputs_in_the_order_of_their_creation(pi: PiBoard) -> None:
    for first, second in ((GAMEPAD, KEYBOARD), (KEYBOARD, GAMEPAD)) * 5:
        async with pi.virtual_input(first), pi.virtual_input(second):
            assert GameOnThePi(first.name).number < GameOnThePi(second.name).number


HOLDING = """
import asyncio, os, sys
from pathlib import Path
from devices.board.pi import PiBoard
from tests.devices.board.test_virtual_input import BTN_SOUTH, EV_KEY, GAMEPAD, change

async def main():
    async with PiBoard(Path(sys.argv[1])).virtual_input(GAMEPAD) as descriptor:
        os.write(descriptor, change((EV_KEY, BTN_SOUTH, 1)))
        print("pressed", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.pi
async def test_it_is_gone_with_its_keys_after_its_program_was_killed(pi: PiBoard, tmp_path: Path) -> None:
    with program(HOLDING, tmp_path) as running:
        game = GameOnThePi(GAMEPAD.name)
        assert game.pressed() == {BTN_SOUTH}
        running.send_signal(signal.SIGKILL)
        running.wait()
    await until(lambda: not game.there())
    with pytest.raises(OSError, match="No such device"):
        os.read(game.device.fd, EVENT.size)
    async with pi.virtual_input(GAMEPAD):
        assert GameOnThePi(GAMEPAD.name).pressed() == set()
