"""The programs that ALCOLAB is compared with, installed apart from it, as their authors publish them."""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
LOCK = HERE / "requirements.lock"
ENVIRONMENT = HERE.parent / ".cache" / "bench"
PYTHON = ENVIRONMENT / "bin" / "python"
MQTT_IO = next(line.split()[0] for line in LOCK.read_text().splitlines() if line.startswith("mqtt-io=="))
PREFIX = "bench"
READINGS = f"{PREFIX}/sensor/+"
"""Topics of mqtt-io's readings."""


def install() -> None:
    """The peers' environment, anew whenever its lock file has changed."""
    installed = ENVIRONMENT / "requirements.lock"
    if installed.exists() and installed.read_bytes() == LOCK.read_bytes():
        return
    subprocess.run([sys.executable, "-m", "venv", "--clear", ENVIRONMENT], check=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "-q", "--require-hashes", "-r", LOCK], check=True)
    installed.write_bytes(LOCK.read_bytes())


def mqtt_io(folder: Path, port: int, sensors: int, interval_s: float | None = None) -> list[str | Path]:
    """The command that runs mqtt-io with so many `mock` sensors, read once a second or every `interval_s`.

    It is told to log warnings only: by default it writes a line for each reading.
    """
    config = folder / "mqtt-io.json"
    config.write_text(json.dumps(_configuration(port, sensors)))  # it reads YAML, and JSON is YAML
    if interval_s is None:
        return [PYTHON, "-m", "mqtt_io", config]
    return [PYTHON, HERE / "mqtt_io_flat_out.py", str(interval_s), config]


def _configuration(port: int, sensors: int) -> dict[str, object]:
    return {
        "mqtt": {"host": "127.0.0.1", "port": port, "topic_prefix": PREFIX, "client_id": PREFIX},
        "logging": {"version": 1, "loggers": {"mqtt_io": {"level": "WARNING"}}},
        "sensor_modules": [{"name": "mock", "module": "mock"}],
        "sensor_inputs": [{"name": f"sensor-{n}", "module": "mock", "interval": 1} for n in range(sensors)],
    }
