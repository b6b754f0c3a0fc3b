"""An output line that another process holds: off until that drives it, and off again when that has died."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from fcntl import ioctl
from struct import pack

import pytest

from devices.board.board import HandedOutput
from devices.errors import HardwareMissing, LineBusy
from tests.devices.board.bench import ROOT, Bench, opened, until

LINE = "GPIO17"
SET_VALUES = 0xC010B40F
HOLDER = """
import sys, time
sys.path.insert(0, sys.argv[3])
from devices.machines.keeper.process.relay import Relay
Relay(int(sys.argv[1]), sys.argv[2] == "True").set(True)
print("on", flush=True)
time.sleep(60)
"""


def drive(output: HandedOutput, active: bool) -> None:
    if output.kernel:
        ioctl(output.descriptor, SET_VALUES, pack("@QQ", active, 1))
    else:
        os.write(output.descriptor, bytes([active]))


@pytest.mark.parametrize("active_low", [False, True])
async def test_it_is_inactive_until_it_is_driven(bench: Bench, active_low: bool) -> None:
    before = opened()
    async with bench.board.handed_output(LINE, active_low=active_low) as output:
        assert bench.level(LINE) is active_low
        drive(output, True)
        assert bench.level(LINE) is not active_low
        drive(output, False)
        assert bench.level(LINE) is active_low
    assert opened() == before


async def test_whoever_has_it_releases_it_by_dying(bench: Bench) -> None:
    async with bench.board.handed_output(LINE) as output:
        command = [sys.executable, "-c", HOLDER, str(output.descriptor), str(output.kernel), str(ROOT)]
        holder = await asyncio.create_subprocess_exec(*command, pass_fds=(output.descriptor,), stdout=PIPE)
        output.hand_over()
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"on\n"
        assert bench.level(LINE)
        holder.kill()
        await holder.communicate()
        await until(lambda: not bench.level(LINE))
    async with bench.board.handed_output(LINE):
        assert not bench.level(LINE)


async def test_a_line_is_held_once(bench: Bench) -> None:
    async with bench.board.handed_output(LINE):
        with pytest.raises(LineBusy, match=LINE):
            async with bench.board.handed_output(LINE):
                pass


async def test_a_line_that_is_not_there_is_said(bench: Bench) -> None:
    with pytest.raises(HardwareMissing, match="GPIO99"):
        async with bench.board.handed_output("GPIO99"):
            pass
