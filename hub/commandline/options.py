"""Options that several commands share."""

import socket
from pathlib import Path
from typing import Annotated, Any

import typer

from devices.options import parse_duration

HERE = Path("config.yaml")
INSTALLED = Path("/etc/alcolab/config.yaml")
SHIPPED = Path(__file__).parents[2] / "config.yaml"
"""The example that comes with the source: enough for a demo."""


def _duration(text: str) -> float:
    seconds: Any = parse_duration(text)
    return float(seconds)


Config = Annotated[
    Path | None,
    typer.Option("--config", help=f"The lab's configuration; default: {HERE} in this folder, else {INSTALLED}."),
]
NodeName = Annotated[str | None, typer.Option("--node", help="Which node of the lab; default: this host's name.")]
Duration = Annotated[
    float | None, typer.Option("--for", parser=_duration, metavar="TIME", help="Stop after this time, such as 30s.")
]
StateFolder = Annotated[
    Path | None, typer.Option("--state", help="Where the running lab keeps its state; default: where it usually does.")
]


def config_file(given: Path | None) -> Path:
    """The file to read: the given one, else the one in this folder, else the installed one."""
    if given is not None:
        return given
    return INSTALLED if INSTALLED.exists() and not HERE.exists() else HERE


def demo_file(given: Path | None) -> Path:
    """As `config_file`, but where there is none, the example plays."""
    chosen = config_file(given)
    return SHIPPED if given is None and not chosen.exists() else chosen


def node_name(given: str | None) -> str:
    """The node to be: the given one, else the host's name without its domain."""
    return given or socket.gethostname().partition(".")[0].lower()
