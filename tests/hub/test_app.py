"""One Pi as its technician meets it: started by systemd, reloaded, stopped; real processes, a real broker."""

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pytest

from tests.brokers import Mosquitto

WITHIN_S = 20.0
CONFIG = """
site: alco
broker: {{host: 127.0.0.1, port: {port}}}
nodes:
  garden: {{board: pi, sysfs: {sysfs}}}
devices:
  bed:
    type: garden
    node: garden
    sensors:
      air: {{type: iio, name: bmp280, attribute: in_temp_input, scale: 0.001, unit: °C, every: {every}}}
  tank:
    type: garden
    node: garden
    sensors:
      box: {{type: iio, name: bmp280, attribute: in_temp_input, scale: 0.001, unit: °C, every: 1s}}
"""


class Systemd:
    """What the service manager sees of the process."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self._socket.settimeout(WITHIN_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def hears(self, word: str) -> str:
        """The next notification that contains `word`."""
        while word not in (said := self._socket.recv(4096).decode()):
            pass
        return said


class Running:
    """`alcolab run` of the garden's Pi."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port
        self.config = folder / "config.yaml"
        self.log = folder / "log"
        chip = folder / "sys/bus/iio/devices/iio:device0"
        chip.mkdir(parents=True)
        (chip / "name").write_text("bmp280\n")
        (chip / "in_temp_input").write_text("21500\n")
        self.write("1s")

    def write(self, every: str) -> None:
        self.config.write_text(CONFIG.format(port=self._port, sysfs=self._folder / "sys", every=every))

    def start(self, systemd: Systemd) -> subprocess.Popen[bytes]:
        environment = {
            "PATH": "/usr/bin:/bin",
            "STATE_DIRECTORY": str(self._folder / "state"),
            "NOTIFY_SOCKET": str(systemd.path),
            "WATCHDOG_USEC": "1000000",
        }
        alcolab = Path(sys.executable).with_name("alcolab")
        with self.log.open("wb") as log:
            return subprocess.Popen(
                [alcolab, "run", "--config", self.config, "--node", "garden"], stderr=log, env=environment
            )

    def says(self, words: str) -> None:
        """Wait until the log contains `words`."""
        until(lambda: words in self.log.read_text(), lambda: f"{words!r} is not in\n{self.log.read_text()}")


def until(condition: Callable[[], object], otherwise: Callable[[], str]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.02)


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    with Systemd(tmp_path) as manager:
        yield manager


@pytest.fixture
def garden(tmp_path: Path, mosquitto: Mosquitto) -> Running:
    return Running(tmp_path, mosquitto.port)


@pytest.fixture
def process(garden: Running, systemd: Systemd) -> Iterator[subprocess.Popen[bytes]]:
    with garden.start(systemd) as running:
        yield running
        running.kill()


def test_systemd_is_told_when_all_runs_and_its_watchdog_is_fed(
    process: subprocess.Popen[bytes], systemd: Systemd
) -> None:
    assert "STATUS=garden: 2 devices" in systemd.hears("READY=1")
    systemd.hears("WATCHDOG=1")
    assert process.poll() is None, "the process that systemd started is the one that runs"


def test_a_reload_restarts_only_the_device_that_changed(
    process: subprocess.Popen[bytes], systemd: Systemd, garden: Running
) -> None:
    systemd.hears("READY=1")
    garden.write("2s")
    process.send_signal(signal.SIGHUP)
    systemd.hears("RELOADING=1")
    systemd.hears("READY=1")
    garden.says("config.yaml was read again; changed: bed\n")


def test_a_bad_file_is_refused_with_its_lines_and_the_lab_runs_on(
    process: subprocess.Popen[bytes], systemd: Systemd, garden: Running
) -> None:
    systemd.hears("READY=1")
    garden.write("soon")
    process.send_signal(signal.SIGHUP)
    systemd.hears("READY=1")
    garden.says("the new configuration is refused")
    assert re.search(r"config\.yaml:11: devices\.bed\.sensors\.air\.every: .*soon", garden.log.read_text())
    assert process.poll() is None


def test_sigterm_says_goodbye_and_ends_at_once(
    process: subprocess.Popen[bytes], systemd: Systemd, mosquitto: Mosquitto, garden: Running
) -> None:
    systemd.hears("READY=1")
    garden.says("connected to broker")
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    systemd.hears("STOPPING=1")
    assert process.wait(WITHIN_S) == 0
    assert time.monotonic() - began < 3.0
    assert "Traceback" not in garden.log.read_text()
    assert retained(mosquitto, "alcolab/alco/node/garden/availability") == "offline"


def test_an_unknown_node_ends_in_one_line_that_names_the_known_ones(garden: Running) -> None:
    alcolab = Path(sys.executable).with_name("alcolab")
    ended = subprocess.run(
        [alcolab, "run", "--config", garden.config, "--node", "cellar"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "no node 'cellar': say --node with one of garden" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_missing_file_ends_in_one_line(tmp_path: Path) -> None:
    alcolab = Path(sys.executable).with_name("alcolab")
    ended = subprocess.run(
        [alcolab, "run", "--config", tmp_path / "nowhere.yaml", "--node", "a"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "nowhere.yaml" in ended.stderr
    assert "Traceback" not in ended.stderr


def retained(mosquitto: Mosquitto, topic: str) -> str:
    """The retained message of a topic."""
    command = [sys.executable, "-c", RETAINED, str(mosquitto.port), topic]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=WITHIN_S).stdout.strip()


RETAINED = """
import sys
from paho.mqtt import subscribe
print(subscribe.simple(sys.argv[2], port=int(sys.argv[1])).payload.decode())
"""
