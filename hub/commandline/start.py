"""`alcolab run` and `alcolab demo`: become the application.

The process is replaced, not forked: systemd's process id stays, and the libraries of the command line, which a small
Pi has no memory for, are gone.
"""

import os
import sys
from typing import Annotated

import typer

from hub.commandline.options import Config, Duration, NodeName, config_file, demo_file, node_name

HttpPort = Annotated[int, typer.Option(min=1, max=65535, help="Port of the pages; if taken, the next free one.")]
MqttPort = Annotated[int, typer.Option(min=1, max=65535, help="Port of the broker; if taken, the next free one.")]
Speed = Annotated[float | None, typer.Option(min=0.1, max=100_000, help="Simulated seconds in a second.")]


def run(config: Config = None, node: NodeName = None) -> None:
    """Run this Pi's share of the lab, until stopped; SIGHUP reads the configuration again."""
    _become("run", "--config", str(config_file(config)), "--node", node_name(node))


def demo(
    duration: Duration = None,
    port: HttpPort = 8080,
    broker_port: MqttPort = 1883,
    speed: Speed = None,
    config: Config = None,
) -> None:
    """Run the whole lab on this machine: simulated hardware, a broker, the pages."""
    arguments = ["--port", str(port), "--broker-port", str(broker_port)]
    if duration is not None:
        arguments += ["--for", f"{duration}s"]
    if speed is not None:
        arguments += ["--speed", str(speed)]
    _become("demo", "--config", str(demo_file(config)), *arguments)


def _become(*arguments: str) -> None:
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "hub.app", *arguments])  # noqa: S606 - ourselves, without a shell
