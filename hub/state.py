"""Where this machine's share of the lab keeps what it must remember. Whoever can read it can read the lab's data."""

import os
from collections.abc import Mapping
from pathlib import Path


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """`$STATE_DIRECTORY` (systemd), else `$XDG_STATE_HOME/alcolab`, else `~/.local/state/alcolab`; it exists, 0700."""
    if given := environment.get("STATE_DIRECTORY"):
        folder = Path(given.split(":", 1)[0])
    else:
        base = environment.get("XDG_STATE_HOME") or Path(environment.get("HOME", "/root"), ".local/state")
        folder = Path(base, "alcolab")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def world_sockets(state: Path) -> Path:
    """The folder of the sockets of the simulated Pis, `<node>.sock` each."""
    folder = state / "simulated"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder
