"""ALCOLAB's own user on a Pi: nobody special, in the groups that systemd/alcolab.rules gives the hardware to."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.devices.board.bench import ROOT
from tests.virtual_pi.gpio_sim import GpioSim

pytestmark = pytest.mark.pi

GPIO, INPUT, NOBODY = 4001, 4002, 65534
"""Numbers of the groups, as good as any, and of the user."""
PLAY = """
import asyncio, os, sys
from pathlib import Path
import gpiod
from devices.board import line_records, virtual_input
from devices.board.board import InputIdentity, Line
from devices.board.pi import PiBoard
from devices.errors import AlcolabError

async def main():
    board = PiBoard(Path("/nonexistent"))
    pad = InputIdentity("Pad", 3, 1, 1, 1, keys=(0x130,), axes={0: (-1, 1)})
    async with board.line_records([Line("GPIO17")]), board.virtual_input(pad):
        print("plays")

os.setgroups([int(group) for group in sys.argv[1:]])
os.setgid(65534)
os.setuid(65534)
try:
    asyncio.run(main())
except AlcolabError as error:
    print(error)
"""


def play(*groups: int) -> str:
    """What a program of that user says, in these groups."""
    command = [sys.executable, "-c", PLAY, *map(str, groups)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(autouse=True)
def hardware() -> Iterator[None]:
    subprocess.run(["modprobe", "-a", "uinput", "evdev"], check=True)
    with GpioSim() as header:
        for path, group in ((header.path, GPIO), (Path("/dev/uinput"), INPUT)):
            shutil.chown(path, "root", group)
            path.chmod(0o660)
        yield


def test_in_both_groups_it_may_play() -> None:
    assert play(GPIO, INPUT) == "plays"


def test_without_the_group_of_the_lines_it_is_told_so() -> None:
    assert "add the user to the group gpio" in play(INPUT)


def test_without_the_group_of_the_gamepads_it_is_told_so() -> None:
    assert "install systemd/alcolab.rules of this repository and add the user to the group input" in play(GPIO)
