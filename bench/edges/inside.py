"""`python -m bench.edges.inside C_PROGRAM`: the measurement itself, in the virtual Pi; a line of JSON for each run.

One boot, all programs in turn, several times. A key that a program writes goes through the kernel's input system
(uinput), as a gamepad's does, and comes back to the program that turned the line.
"""

import fcntl
import json
import os
import struct
import subprocess
import sys
import time
from pathlib import Path

from bench.edges.react import EV_KEY, KEY_A, WAYS
from tests.virtual_pi.gpio_sim import GpioSim
from tests.virtual_pi.machine import WIRE

ROUNDS = 9
EDGES = 300
WARM_UP = 50
LINE, OFFSET = "GPIO17", 17
NAME = b"edges"
UI_SET_EVBIT, UI_SET_KEYBIT, UI_DEV_SETUP, UI_DEV_CREATE = 0x40045564, 0x40045565, 0x405C5503, 0x5501
"""<linux/uinput.h>."""


def main() -> None:
    subprocess.run(["modprobe", "-a", "uinput", "evdev"], check=True)
    c_program = sys.argv[1]
    with Path(WIRE).open("w", buffering=1) as wire, GpioSim() as header:
        reactions = {"c": [c_program, "react", str(header.path), str(OFFSET)]}
        reactions |= {how: [sys.executable, "-m", "bench.edges.react", how, LINE] for how in WAYS}
        keyboard, keys = _keyboard()
        drive = [c_program, "drive", str(header.outside(LINE) / "pull"), str(WARM_UP + EDGES)]
        for _ in range(ROUNDS):
            for name, command in reactions.items():
                print(json.dumps(_run(name, command, drive, keyboard, keys)), file=wire)


def _run(name: str, command: list[str], drive: list[str], keyboard: int, keys: Path) -> dict[str, object]:
    with subprocess.Popen(command, stdout=keyboard, stderr=subprocess.PIPE) as reacting:
        assert reacting.stderr is not None
        while (line := reacting.stderr.readline()) != b"ready\n":
            if not line:
                raise ChildProcessError(f"{name} ended at once")
        started_s = _cpu_s(reacting.pid)
        with keys.open("rb") as pressed:
            driven = subprocess.run(drive, stdin=pressed, stdout=subprocess.PIPE, check=True)
        cpu_s = _cpu_s(reacting.pid) - started_s
        reacting.kill()
    return {
        "name": name,
        "took_ns": [int(line) for line in driven.stdout.split()][WARM_UP:],
        "cpu_s": cpu_s,
        "edges": WARM_UP + EDGES,
    }


def _cpu_s(pid: int) -> float:
    """All threads: `clock_getcpuclockid(3)`."""
    return time.clock_gettime((~pid << 3) | 2)


def _keyboard() -> tuple[int, Path]:
    """An input device of one key: where to write its events, and where they come out."""
    keyboard = os.open("/dev/uinput", os.O_WRONLY)
    fcntl.ioctl(keyboard, UI_SET_EVBIT, EV_KEY)
    fcntl.ioctl(keyboard, UI_SET_KEYBIT, KEY_A)
    fcntl.ioctl(keyboard, UI_DEV_SETUP, struct.pack("@HHHH80sI", 0, 0, 0, 0, NAME, 0))
    fcntl.ioctl(keyboard, UI_DEV_CREATE)
    (name,) = (
        name for name in Path("/sys/class/input").glob("event*/device/name") if name.read_bytes().strip() == NAME
    )
    return keyboard, Path("/dev/input") / name.parents[1].name


if __name__ == "__main__":
    main()
