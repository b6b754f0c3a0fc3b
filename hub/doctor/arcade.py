"""What an arcade cabinet needs of its Pi besides GPIO lines: gamepads, sound, and a port that is kept shut."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from devices.arcade.options import CabinetOptions
from hub.doctor.finding import Finding, good, missing, warning

FIREWALL = "alcolab-arcade-firewall"
ANSWER_WITHIN_S = 5.0


def examined(cabinet: CabinetOptions, root: Path) -> Iterator[Finding]:
    yield _gamepads(root)
    if cabinet.sound:
        yield _sound()
    if cabinet.retroarch:
        yield _retroarch()


def _gamepads(root: Path) -> Finding:
    uinput = root / "dev/uinput"
    if not uinput.exists():
        return missing("gamepads", f"there is no {uinput}", "sudo modprobe uinput, see docs/arcade.md")
    if not os.access(uinput, os.W_OK):
        return missing(
            "gamepads", f"no right to open {uinput}", "the udev rule in systemd/ gives it, see docs/arcade.md"
        )
    return good("gamepads", f"can be made with {uinput}")


def _sound() -> Finding:
    if found := shutil.which("amixer"):
        return good("sound", found)
    return missing("sound", "amixer is not installed", "sudo apt install alsa-utils")


def _retroarch() -> Finding:
    """Its network commands ask for no password, and it listens on every address."""
    try:
        asked = subprocess.run(  # noqa: S603 - nothing of it comes from outside
            ["systemctl", "is-active", FIREWALL],  # noqa: S607 - wherever this machine has it
            capture_output=True,
            text=True,
            check=False,
            timeout=ANSWER_WITHIN_S,
        )
        active = asked.stdout.strip() == "active"
    except (OSError, subprocess.TimeoutExpired):
        active = False
    if active:
        return good("RetroArch", "its network commands are kept off the network")
    advice = f"install the unit {FIREWALL}, see docs/arcade.md, Games"
    return warning("RetroArch", "anybody on the network could command it", advice)
