"""SDL and udev, as they see the cabinet's gamepads."""

import ctypes
import json
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PYTHON = Path("/usr/bin/python3")
UDEVD = Path("/lib/systemd/systemd-udevd")
RUN = Path("/run/udev")
HEADLESS = {
    "SDL_VIDEODRIVER": "dummy",
    "SDL_JOYSTICK_ALLOW_BACKGROUND_EVENTS": "1",
    "PYGAME_HIDE_SUPPORT_PROMPT": "yes",
}
GUID = struct.Struct("<HHHHHHHBB")
"""SDL_CreateJoystickGUID: bus, CRC of the name, vendor, 0, product, 0, version, driver's signature and data."""


def is_here() -> bool:
    """Whether Debian's udev and pygame are installed."""
    pygame = subprocess.run([PYTHON, "-c", "import pygame"], capture_output=True, check=False)
    return UDEVD.exists() and pygame.returncode == 0


def sdl_guid(name: str, bus: int, vendor: int, product: int, version: int) -> str:
    """By which SDL, and so EmulationStation and every game controller database, know a gamepad."""
    return GUID.pack(bus, crc16(name.encode()), vendor, 0, product, 0, version, 0, 0).hex()


def crc16(data: bytes) -> int:
    """CRC-16/ARC, which SDL_crc16 is."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


@dataclass(frozen=True, slots=True)
class Pad:
    """A gamepad, as somebody sees it."""

    name: str
    guid: str


class Game:
    """A program that plays with SDL."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def starts(self) -> Sequence[Pad]:
        """The gamepads that it finds, in its order."""
        return self._pads("start")

    def goes_on(self) -> Sequence[Pad]:
        """The same after it has heard of changes."""
        return self._pads("look")

    def held(self) -> Sequence[Sequence[str]]:
        """For each gamepad what is held, by SDL's names."""
        return [pad["held"] for pad in self._ask("look")]

    def mappings(self) -> Sequence[Any]:
        """For each gamepad where SDL's buttons are; None if it does not know."""
        return [pad["mapping"] for pad in self._ask("look")]

    def _pads(self, what: str) -> Sequence[Pad]:
        return [Pad(pad["name"], pad["guid"]) for pad in self._ask(what)]

    def _ask(self, what: str) -> list[dict[str, Any]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(what, file=self._process.stdin, flush=True)
        found: list[dict[str, Any]] = json.loads(self._process.stdout.readline())
        return found


class Udev:
    """libudev, as SDL and RetroArch ask it."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL("libudev.so.1")
        self._context = self._call("udev_new")

    def joysticks(self) -> Sequence[Pad]:
        """What it takes for joysticks, in the order in which it tells games of them."""
        found = self._call("udev_enumerate_new", self._context)
        self._call("udev_enumerate_add_match_property", found, b"ID_INPUT_JOYSTICK", b"1")
        self._call("udev_enumerate_scan_devices", found)
        pads: list[Pad] = []
        entry = self._call("udev_enumerate_get_list_entry", found)
        while entry.value:
            pads += self._pads_at(self._text("udev_list_entry_get_name", entry))
            entry = self._call("udev_list_entry_get_next", entry)
        return pads

    def _pads_at(self, path: bytes | None) -> Sequence[Pad]:
        """Of each pad udev knows the device, which bears the name, and its files."""
        device = self._call("udev_device_new_from_syspath", self._context, path)
        name, product = (self._text("udev_device_get_property_value", device, key) for key in (b"NAME", b"PRODUCT"))
        if name is None or product is None:
            return []
        bus, vendor, model, version = (int(number, 16) for number in product.split(b"/"))
        pad = name.decode().strip('"')
        return [Pad(pad, sdl_guid(pad, bus, vendor, model, version))]

    def _call(self, function: str, *arguments: ctypes.c_void_p | bytes | None) -> ctypes.c_void_p:
        called = self._library[function]
        called.restype = ctypes.c_void_p
        return ctypes.c_void_p(called(*arguments))

    def _text(self, function: str, *arguments: ctypes.c_void_p | bytes | None) -> bytes | None:
        return ctypes.cast(self._call(function, *arguments), ctypes.c_char_p).value


@contextmanager
def game() -> Iterator[Game]:
    """It runs, and has not looked yet."""
    command = [PYTHON, Path(__file__).with_name("sdl_game.py")]
    with subprocess.Popen(
        command, env=os.environ | HEADLESS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Game(process)
        finally:
            process.kill()


@contextmanager
def udevd() -> Iterator[Udev]:
    """The daemon that knows devices runs, and leaves nothing behind that others would wait for."""
    with subprocess.Popen([UDEVD], stderr=subprocess.DEVNULL) as daemon:
        try:
            yield Udev()
        finally:
            daemon.terminate()
            daemon.wait()
            shutil.rmtree(RUN, ignore_errors=True)
