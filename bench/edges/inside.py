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
from dataclasses import asdict
from pathlib import Path

from bench.edges.react import EV_KEY, KEY_A, WAYS
from bench.edges.run import drive, run
from tests.virtual_pi.gpio_sim import GpioSim
from tests.virtual_pi.machine import WIRE

ROUNDS = 9
EDGES = 300
PERIOD_US = 4000
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
        plugged, keys = keyboard()
        driving = drive(c_program, EDGES, PERIOD_US, str(header.outside(LINE) / "pull"))
        for _ in range(ROUNDS):
            for name, command in reactions.items():
                with keys.open("rb") as pressed:
                    done = run(name, command, driving, plugged, pressed.fileno())
                print(json.dumps(asdict(done)), file=wire)


def keyboard() -> tuple[int, Path]:
    """An input device of one key: where to write its events, and where they come out."""
    uinput = os.open("/dev/uinput", os.O_RDWR)
    fcntl.ioctl(uinput, UI_SET_EVBIT, EV_KEY)
    fcntl.ioctl(uinput, UI_SET_KEYBIT, KEY_A)
    fcntl.ioctl(uinput, UI_DEV_SETUP, struct.pack("@HHHH80sI", 0, 0, 0, 0, NAME, 0))
    fcntl.ioctl(uinput, UI_DEV_CREATE)
    return uinput, events_of(NAME)


def events_of(name: bytes) -> Path:
    """Where the events of an input device come out."""
    (file,) = (
        file for file in Path("/sys/class/input").glob("event*/device/name") if file.read_bytes().strip() == name
    )
    return Path("/dev/input") / file.parents[1].name


if __name__ == "__main__":
    main()
