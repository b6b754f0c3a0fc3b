"""`alcolab demo`: the whole lab on one machine, for somebody who has just downloaded it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.brokers import free_port

WITHIN_S = 30.0
CONFIG = Path(__file__).parents[3] / "config.yaml"
DEVICES = {"vegetable-patch", "rain-tank", "greenhouse", "arcade-badges", "cabinet"}
DEVICES |= {"front-reader", "front-door"}
DEVICES |= {"printer-reader", "3d-printer", "mill-reader", "cnc-mill", "sewing-reader", "sewing-machine"}
ALCOLAB = Path(sys.executable).with_name("alcolab")


@contextmanager
def demo(tmp_path: Path, *arguments: str, path: str = os.environ["PATH"]) -> Iterator[subprocess.Popen[str]]:
    environment = {"PATH": path, "XDG_STATE_HOME": str(tmp_path)}
    with subprocess.Popen(
        [ALCOLAB, "demo", "--config", CONFIG, *arguments], stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def devices(port: int) -> list[dict[str, Any]]:
    """What the API says, as soon as every device is online."""
    found: list[dict[str, Any]] = []
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/devices", timeout=5) as answer:
                found = json.load(answer)
        except (urllib.error.URLError, ConnectionError):
            found = []
        if found and all(device["online"] for device in found):
            return found
        time.sleep(0.1)
    raise AssertionError(f"not all devices came online: {found}")


def test_every_device_of_the_lab_comes_online_with_believable_values(tmp_path: Path) -> None:
    port = free_port()
    with demo(tmp_path, "--port", str(port), "--broker-port", str(free_port())) as process:
        found = {device["name"]: device for device in devices(port)}
        assert set(found) == DEVICES
        air = found["vegetable-patch"]["readings"]["air-temperature"]
        assert air["quality"] == "ok"
        assert -15 < air["value"] < 40
        process.send_signal(signal.SIGTERM)
        assert process.wait(WITHIN_S) == 0


def test_without_mosquitto_the_broker_inside_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    port = free_port()
    hidden = "import hub.mqtt.broker.service; hub.mqtt.broker.service.ALSO_LOOK_IN = '/nowhere'; "
    main = f"{hidden}import hub.app, sys; hub.app.main(sys.argv[1:])"
    arguments = ["demo", "--config", str(CONFIG), "--port", str(port), "--broker-port", str(free_port())]
    environment = {"PATH": "/nowhere", "XDG_STATE_HOME": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", main, *arguments], stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert {device["name"] for device in devices(port)} == DEVICES
        finally:
            process.terminate()
            _, said = process.communicate(timeout=WITHIN_S)
    assert "MQTT 3.1.1" in said


def test_ports_that_are_taken_give_way_and_the_new_ones_are_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as web, socket.create_server(("127.0.0.1", 0)) as mqtt:
        taken = [web.getsockname()[1], mqtt.getsockname()[1]]
        with demo(tmp_path, "--for", "3s", "--port", str(taken[0]), "--broker-port", str(taken[1])) as process:
            _, said = process.communicate(timeout=WITHIN_S)
    assert process.returncode == 0
    assert f"(port {taken[0]} is taken)" in said
    assert "connected to broker 127.0.0.1:" in said
    assert f"127.0.0.1:{taken[1]} " not in said


def test_it_ends_by_itself_when_asked_to_without_a_complaint(tmp_path: Path) -> None:
    began = time.monotonic()
    arguments = ("--for", "2s", "--port", str(free_port()), "--broker-port", str(free_port()))
    with demo(tmp_path, *arguments) as process:
        _, said = process.communicate(timeout=WITHIN_S)
    assert process.returncode == 0
    assert time.monotonic() - began > 2.0
    assert "Traceback" not in said
    assert "ERROR" not in said
